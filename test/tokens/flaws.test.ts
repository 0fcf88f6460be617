import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWK, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { authorize } from "../../lib/rules/authorize.ts";
import type { FindKey } from "../../lib/rules/key-answer.ts";
import { readKeySet } from "../../lib/rules/key-set.ts";
import { FLAWS, type FlawName } from "../../lib/tokens/flaws.ts";

const ISSUER = "https://is.example.com:9443/oauth2/token";
const CLIENT = { clientId: "ordersApplication0001", clientSecret: "s", audience: [], scopes: ["orders:read"] };
const NOW = 1_800_000_000;

let issuer: EmbeddedIssuer;
let jwks: { keys: JWK[] };
let findKey: FindKey;

beforeAll(async () => {
  issuer = await startEmbeddedIssuer({ issuer: ISSUER, clients: [CLIENT], port: 0, nowSeconds: () => NOW });
  const text = await (await fetch(`${issuer.origin}/oauth2/jwks`)).text();
  jwks = JSON.parse(text) as typeof jwks;
  const set = readKeySet(text);
  findKey = (kid) => set?.byKid.get(kid) ?? { kind: "unknown", kids: [] };
});
afterAll(() => issuer.close());

const decide = async (token: string) =>
  authorize(
    {
      credential: `Bearer ${token}`,
      configuration: { issuer: ISSUER, audience: [CLIENT.clientId] },
      scopes: CLIENT.scopes,
    },
    findKey,
    NOW,
  );

/** Whether jose, which shares no code with the rules, finds the signature good. */
async function isSignedByTheIssuer(token: string): Promise<boolean> {
  try {
    await jwtVerify(token, createLocalJWKSet(jwks), { currentDate: new Date(NOW * 1_000), algorithms: ["RS256"] });
    return true;
  } catch (error) {
    return (error as { code?: string }).code?.startsWith("ERR_JWT_") ?? false;
  }
}

test("a token without a flaw is allowed, and jose finds its signature good", async () => {
  const token = await issuer.mint();
  expect(await decide(token)).toMatchObject({ allowed: true, status: 200, scopes: ["orders:read"] });
  expect(await isSignedByTheIssuer(token)).toBe(true);
});

describe("each flaw is refused by the rule that it names", () => {
  for (const { name, about, refusedBy } of FLAWS)
    test(`${name}: ${about}`, async () => {
      expect(await decide(await issuer.mint({ flaw: name }))).toMatchObject({ allowed: false, rule: refusedBy });
    });
});

describe("each flaw changes that and nothing else", () => {
  const CHANGED: Readonly<
    Record<Exclude<FlawName, "opaque">, { header: string[]; claims: string[]; signed: boolean }>
  > = {
    expired: { header: [], claims: ["nbf", "exp", "iat"], signed: true },
    "not-yet-valid": { header: [], claims: ["nbf", "exp"], signed: true },
    "issued-in-future": { header: [], claims: ["exp", "iat"], signed: true },
    "wrong-issuer": { header: [], claims: ["iss"], signed: true },
    "wrong-audience": { header: [], claims: ["sub", "client_id", "aud", "azp"], signed: true },
    "wrong-key": { header: [], claims: [], signed: false },
    "unknown-kid": { header: ["kid"], claims: [], signed: false },
    "no-kid": { header: ["kid"], claims: [], signed: true },
    "alg-none": { header: ["alg"], claims: [], signed: false },
    "hs256-public-key": { header: ["alg"], claims: [], signed: false },
    es256: { header: ["alg"], claims: [], signed: false },
    tampered: { header: [], claims: ["sub"], signed: false },
    "no-scope": { header: [], claims: ["scope"], signed: true },
  };
  for (const [name, changed] of Object.entries(CHANGED))
    test(name, async () => {
      const good = await issuer.mint();
      const flawed = await issuer.mint({ flaw: name as FlawName });
      expect(differing(decodeProtectedHeader(good), decodeProtectedHeader(flawed))).toEqual(changed.header);
      expect(differing(decodeJwt(good), decodeJwt(flawed)).filter((claim) => claim !== "jti")).toEqual(changed.claims);
      expect(await isSignedByTheIssuer(flawed)).toBe(changed.signed);
    });
});

function differing(one: object, other: object): string[] {
  const before = new Map<string, unknown>(Object.entries(one));
  const after = new Map<string, unknown>(Object.entries(other));
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}
