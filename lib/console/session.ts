import type { HttpApiModel, Unserved } from "../assembly/model.ts";
import type { DoctorReport } from "../doctor/doctor.ts";
import type { IssuerDocument } from "../http/fetch-document.ts";
import type { FindKey } from "../rules/key-answer.ts";
import type { MintRequest } from "../tokens/minting.ts";

/** An issuer's keys as the gateway holds them. */
export interface HeldKeys {
  readonly fetchedAtMs: number;
  readonly kids: readonly string[];
}

/** One API that runs. */
export interface RunningApi {
  readonly api: HttpApiModel;
  readonly url: string;
}

/** One issuer that the APIs name. */
export interface RunningIssuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  /** Where the embedded issuer answers, and how it makes a token; undefined where the issuer itself is asked. */
  readonly embedded: { readonly url: string; mint(request: MintRequest): Promise<string> } | undefined;
}

/** What the console shows and uses of a session. Everything may change with a reload, so everything is read again. */
export interface ConsoleSession {
  apis(): readonly RunningApi[];
  issuers(): readonly RunningIssuer[];
  unserved(): readonly Unserved[];
  /** Finds keys as the gateway does, in the same cache. */
  keysFor(issuer: string): FindKey;
  heldKeysOf(issuer: string): HeldKeys | undefined;
  /**
   * Reads a document of one of the issuers, where it really answers.
   * @throws IssuerFault
   */
  readDocument(issuer: string, url: string): Promise<IssuerDocument>;
  /** Asks the issuer itself, from this machine, as `gatehouse doctor` does. */
  runDoctor(issuer: string, audience: readonly string[]): Promise<DoctorReport>;
}
