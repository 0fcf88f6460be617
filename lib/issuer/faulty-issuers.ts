// Issuers beside the conformance issuer, at `/faulty/<name>` on its host, each with one thing wrong, or odd, in how it
// publishes its keys. They are for the conformance table (section 4); `gatehouse local` has none of them.

/** What a faulty issuer answers, and how late. */
export interface FaultyAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

const WELL_KNOWN = /^\/faulty\/([a-z0-9-]+)\/\.well-known\/openid-configuration$/;
const JWKS = /^\/faulty\/([a-z0-9-]+)\/jwks$/;
/** Beyond API Gateway's 1,500 ms (4.10, DOC). */
const TOO_LATE_MS = 2_000;
/** Beyond its 150,000 bytes for a JWKS (4.10, DOC). */
const TOO_LARGE_BYTES = 160_000;

/**
 * Answers a path of theirs, or undefined for any other.
 * @param origin of the issuers' strings
 * @param isBroken false while an authorizer is made, which asks discovery (4.3): then all are well
 */
export function faultyAnswer(
  path: string,
  { origin, jwks, isBroken }: { readonly origin: string; readonly jwks: object; readonly isBroken: boolean },
): FaultyAnswer | undefined {
  const [, discovered] = WELL_KNOWN.exec(path) ?? [];
  if (discovered !== undefined) return discovery(discovered, origin, isBroken);
  const [, asked] = JWKS.exec(path) ?? [];
  return asked === undefined ? undefined : keys(asked, JSON.stringify(jwks), isBroken);
}

function discovery(name: string, origin: string, isBroken: boolean): FaultyAnswer {
  const base = `${origin}/faulty/${name}`;
  const document = {
    issuer: name === "slash" ? `${base}/` : base,
    jwks_uri: `${base}/jwks`,
    id_token_signing_alg_values_supported: ["RS256"],
  };
  const good = { status: 200, body: JSON.stringify(document) };
  if (!isBroken) return good;
  switch (name) {
    case "discovery-500":
      return { status: 500, body: '{"error":"server_error"}' };
    case "discovery-slow":
      return { ...good, delayMs: TOO_LATE_MS };
    case "discovery-html":
      return { status: 200, body: "<!doctype html><title>Sign in</title>", headers: { "content-type": "text/html" } };
    case "discovery-redirect":
      return {
        status: 302,
        body: "",
        headers: { location: `${origin}/faulty/minimal/.well-known/openid-configuration` },
      };
    case "discovery-other-issuer":
      return { status: 200, body: JSON.stringify({ ...document, issuer: `${base}/elsewhere` }) };
    default:
      return good;
  }
}

function keys(name: string, text: string, isBroken: boolean): FaultyAnswer {
  const good = { status: 200, body: text };
  if (!isBroken) return good;
  switch (name) {
    case "jwks-500":
      return { status: 500, body: '{"error":"server_error"}' };
    case "jwks-slow":
      return { ...good, delayMs: TOO_LATE_MS };
    case "jwks-large":
      return { status: 200, body: text.replace(/\}$/, `,"padding":"${"x".repeat(TOO_LARGE_BYTES)}"}`) };
    default:
      return good;
  }
}
