import type { IssuerDocument } from "../http/fetch-document.ts";
import { faultOf } from "../http/issuer-fault.ts";
import { isJson, parseJson } from "../json/json.ts";
import { discoveryUrlOf, readDiscovery } from "../keys/discovery.ts";
import { readKeySet } from "../rules/key-set.ts";
import type { ConsoleSession } from "./session.ts";
import type { DocumentView, IssuerDocuments, KeyView } from "./wire.ts";

/** Asks an issuer for its two documents now, and says which keys the gateway holds. Never rejects for an issuer's fault. */
export async function issuerDocumentsOf(
  session: ConsoleSession,
  issuer: string,
  nowMs: () => number,
): Promise<IssuerDocuments> {
  const discovery = await read(session, issuer, discoveryUrlOf(issuer));
  const jwksUri = jwksUriIn(discovery, issuer);
  const jwks = jwksUri === undefined ? null : await read(session, issuer, jwksUri);
  const held = session.heldKeysOf(issuer);
  return {
    discovery,
    jwks,
    keys: keysIn(jwks?.text ?? ""),
    held: held ? { kids: held.kids, ageMs: Math.max(0, nowMs() - held.fetchedAtMs) } : null,
  };
}

async function read(session: ConsoleSession, issuer: string, url: string): Promise<DocumentView> {
  const startedAt = performance.now();
  const done = (document: IssuerDocument | undefined, fault: string | null): DocumentView => ({
    url,
    ms: performance.now() - startedAt,
    text: document?.text ?? null,
    bytes: document?.bytes ?? 0,
    fault,
  });
  try {
    return done(await session.readDocument(issuer, url), null);
  } catch (cause) {
    const { stage, detail } = faultOf(cause, "connect");
    return done(undefined, `${stage}: ${detail}`);
  }
}

function jwksUriIn({ text }: DocumentView, issuer: string): string | undefined {
  try {
    return text === null ? undefined : readDiscovery(text, issuer);
  } catch {
    return undefined;
  }
}

const MOST_KEYS = 100;

/** The members of a JWKS, each with what the rules make of it. */
function keysIn(text: string): readonly KeyView[] {
  const byKid = readKeySet(text)?.byKid;
  const members = parseJson(text)?.keys;
  return (Array.isArray(members) ? members.slice(0, MOST_KEYS) : []).filter(isJson).map((jwk) => {
    const kid = typeof jwk.kid === "string" ? jwk.kid : "";
    const entry = byKid?.get(kid);
    return {
      kid,
      kty: wordOf(jwk.kty),
      alg: wordOf(jwk.alg),
      use: wordOf(jwk.use),
      bits: entry?.kind === "found" ? entry.key.modulusBytes * 8 : null,
      unusable: entry === undefined ? "it has no kid" : entry.kind === "refused" ? entry.why : null,
    };
  });
}

const wordOf = (value: unknown) => (typeof value === "string" ? value.slice(0, 40) : "");
