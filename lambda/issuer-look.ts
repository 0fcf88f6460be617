import type { ReadDocument } from "../lib/http/fetch-document.ts";
import { faultOf } from "../lib/http/issuer-fault.ts";
import { publishedProductOf } from "../lib/keys/default-keys.ts";
import { discoveryUrlOf, readDiscovery } from "../lib/keys/discovery.ts";
import { readKeys } from "../lib/keys/issuer-keys.ts";
import type { IssuerStage } from "../lib/rules/key-answer.ts";

/** An issuer at one moment. What was not reached is undefined. */
export interface IssuerLook {
  /** Where the way to the keys broke off. */
  readonly fault: IssuerTrouble | undefined;
  readonly discoveryMs: number | undefined;
  readonly jwksMs: number | undefined;
  readonly jwksBytes: number | undefined;
  readonly keys: PublishedKeys | undefined;
  /** Whole days until the first of the two servers' certificates ends. A chain that is broken is a fault at `tls`. */
  readonly certificateDaysLeft: number | undefined;
}

/** How a look failed; never the body of an answer. */
export interface IssuerTrouble {
  readonly document: "discovery" | "jwks";
  readonly stage: IssuerStage;
  readonly detail: string;
}

/** What the JWKS holds. */
export interface PublishedKeys {
  /** Of the keys that may verify. */
  readonly kids: readonly string[];
  /** Members that are not used, and why. */
  readonly warnings: readonly string[];
  /** The WSO2 products whose published keys are among them: anybody can sign with those. */
  readonly defaultKeysOf: readonly string[];
}

/** What a look needs of the world. */
export interface LookWorld {
  /** With API Gateway's own limits: 1,500 ms and 150,000 bytes a document (4.10, DOC). */
  readonly readDocument: ReadDocument;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const DAY_MS = 86_400_000;

/** Asks once for the discovery document and then for the keys, as API Gateway does. Never rejects. */
export async function lookAtIssuer(issuer: string, { readDocument, nowMs }: LookWorld): Promise<IssuerLook> {
  const tookMs: { discovery?: number; jwks?: number } = {};
  const ends: number[] = [];
  let document: IssuerTrouble["document"] = "discovery";
  const read = async (url: string) => {
    const startedAtMs = nowMs();
    const answer = await readDocument(url);
    tookMs[document] = nowMs() - startedAtMs;
    if (answer.certificateEnds !== undefined) ends.push(Date.parse(answer.certificateEnds));
    return answer;
  };
  let jwks: Awaited<ReturnType<ReadDocument>> | undefined;
  let keys: PublishedKeys | undefined;
  let fault: IssuerTrouble | undefined;
  try {
    const jwksUri = readDiscovery((await read(discoveryUrlOf(issuer))).text, issuer);
    document = "jwks";
    jwks = await read(jwksUri);
    keys = publishedKeys(jwks.text);
  } catch (cause) {
    const { stage, detail } = faultOf(cause, "connect");
    fault = { document, stage, detail };
  }
  return {
    fault,
    discoveryMs: tookMs.discovery,
    jwksMs: tookMs.jwks,
    jwksBytes: jwks?.bytes,
    keys,
    certificateDaysLeft: ends.length === 0 ? undefined : Math.floor((Math.min(...ends) - nowMs()) / DAY_MS),
  };
}

function publishedKeys(text: string): PublishedKeys {
  const { byKid, warnings } = readKeys(text);
  const { keys: members } = JSON.parse(text) as { readonly keys: readonly unknown[] };
  const products = members
    .filter((member) => typeof member === "object" && member !== null)
    .flatMap((jwk) => publishedProductOf(jwk as Record<string, unknown>) ?? []);
  return {
    kids: [...byKid].flatMap(([kid, { kind }]) => (kind === "found" ? [kid] : [])),
    warnings,
    defaultKeysOf: [...new Set(products)],
  };
}
