import { resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { type FetchDocument, issuerFetcher } from "../http/fetch-document.ts";
import { embeddedFetcher } from "../issuer/fetch-embedded.ts";
import { discoveryUrlOf } from "../keys/discovery.ts";
import { IssuerKeys } from "../keys/issuer-keys.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { readKeySet } from "../rules/key-set.ts";
import { runningIssuerOf } from "../session/running-issuer.ts";
import { authoritiesOf } from "./authorities.ts";
import { readGivenFile } from "./given-file.ts";
import type { Io } from "./io.ts";

/** Where a person wants an issuer's keys from. */
export interface KeySourceOptions {
  /** A JWKS file, relative to the working directory. */
  readonly jwks?: string;
  /** The issuer itself, even where an embedded one runs for it. */
  readonly realIssuer?: boolean;
  /** A PEM file of the authorities that vouch for the issuer, relative to the working directory. */
  readonly ca?: string;
}

/** An issuer's keys, wherever they come from. */
export interface KeySource {
  readonly findKey: FindKey;
  /** Answers with the issuer's discovery document and its JWKS, as the issuer itself would. */
  readonly fetchDocument: FetchDocument;
  /** In words: where the keys are from. */
  readonly from: string;
}

/**
 * The keys of an issuer: those of a file, else those of the embedded issuer that runs for it, else the issuer's own.
 * @throws Mistake `jwks-missing`, `jwks-broken`, `ca-missing`, `ca-wrong`
 */
export function keySourceOf(issuer: string, { jwks, realIssuer, ca }: KeySourceOptions, io: Io): KeySource {
  if (jwks !== undefined) return keysInFile(issuer, jwks, io);
  const running = realIssuer === true ? undefined : runningIssuerOf(issuer, io.env, io.cwd);
  const fetchDocument = running ? embeddedFetcher(running) : issuerFetcher(issuer, authoritiesOf(ca, io));
  return {
    findKey: new IssuerKeys({ issuer, fetchDocument, nowMs: io.nowMs }).find,
    fetchDocument,
    from: running ? `the embedded issuer at ${running.issuerUrl}` : "the issuer itself, by discovery",
  };
}

function keysInFile(issuer: string, file: string, { cwd }: Io): KeySource {
  const say = { expected: 'a JWKS: {"keys": […]}', fix: "save the answer of the issuer's jwks_uri into it" };
  const text = readGivenFile(resolve(cwd, file), "jwks-missing", { what: "the JWKS file cannot be read", ...say });
  const set = readKeySet(text);
  if (!set) throw new Mistake("jwks-broken", { what: "the file holds no JWKS", got: file, ...say });
  const discoveryUrl = discoveryUrlOf(issuer);
  const discovery = () => JSON.stringify({ issuer, jwks_uri: new URL("/jwks", issuer).href });
  return {
    findKey: (kid) => set.byKid.get(kid) ?? { kind: "unknown", kids: [...set.byKid.keys()] },
    fetchDocument: async (url) => (url === discoveryUrl ? discovery() : text),
    from: file,
  };
}
