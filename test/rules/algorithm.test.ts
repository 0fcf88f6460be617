import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { authorize } from "../../lib/rules/authorize.ts";
import {
  CLAIMS,
  CONFIGURATION,
  decide,
  decideCredential,
  encoded,
  HEADER,
  jwkOf,
  NOW,
  pairOf,
  pemOf,
  signatureOf,
  tokenOf,
  verdictOf,
} from "./token-maker.ts";

describe("the accepted algorithms", () => {
  test.each(["RS256", "RS384", "RS512"])("3.2 to 3.4 %s by a key that names no algorithm", (alg) => {
    expect(verdictOf(tokenOf({ header: { alg } }))).toBe("allowed");
  });

  test.each(["RS384", "RS512"])("%s in the header and RS256 in the signature do not fit", (alg) => {
    expect(verdictOf(tokenOf({ header: { alg }, signing: "RS256" }))).toBe("signature");
  });
});

describe("alg: none (RFC 8725 section 3.1, CVE-2015-9235)", () => {
  test.each(["none", "None", "NONE", "nOnE", "none ", " none", "none\0", "ｎone"])("%j, unsigned", (alg) => {
    expect(verdictOf(tokenOf({ header: { alg }, signing: "none" }))).toBe("algorithm");
  });

  test.each(["none", "NONE"])("%j over a good signature", (alg) => {
    expect(verdictOf(tokenOf({ header: { alg }, signing: "RS256" }))).toBe("algorithm");
  });

  test("is refused before any key is looked up", () => {
    const asked: string[] = [];
    const token = tokenOf({ header: { alg: "none" }, signing: "none" });
    const decision = authorize(
      { credential: token, configuration: CONFIGURATION, scopes: [] },
      (kid) => {
        asked.push(kid);
        return { kind: "unknown", kids: [] };
      },
      NOW,
    );
    expect(decision).toMatchObject({ allowed: false, description: "signing method none is invalid" });
    expect(asked).toEqual([]);
  });

  test("an RS256 token without its signature is refused by it", () => {
    expect(verdictOf(tokenOf({ signing: "none" }))).toBe("signature");
  });
});

describe("algorithm confusion: an HMAC keyed with what everybody knows (CVE-2023-48223, CVE-2026-34950)", () => {
  const { publicKey } = pairOf("issuer");
  const pem = pemOf(publicKey);
  const secrets: readonly (readonly [string, string | Buffer])[] = [
    ["the PEM", pem],
    ["the PEM without its last newline", pem.trim()],
    ["the PEM after a space", ` ${pem}`],
    ["the PEM as PKCS#1", publicKey.export({ format: "pem", type: "pkcs1" })],
    ["the DER", publicKey.export({ format: "der", type: "spki" })],
    ["the modulus in base64url", String(jwkOf().n)],
    ["the modulus", Buffer.from(String(jwkOf().n), "base64url")],
    ["the JWK's text", JSON.stringify(jwkOf())],
    ["nothing", ""],
  ];

  test.each(secrets)("%s", (_, secret) => {
    for (const alg of ["HS256", "HS384", "HS512"]) {
      const text = `${encoded(JSON.stringify({ ...HEADER, alg }))}.${encoded(JSON.stringify(CLAIMS))}`;
      const mac = createHmac(`sha${alg.slice(2)}`, secret)
        .update(text)
        .digest("base64url");
      const jwk = jwkOf("issuer", { alg });
      const secretKey = { kty: "oct", kid: "issuer", k: encoded(secret), alg, use: "sig" };
      expect(verdictOf(`${text}.${mac}`)).toBe("algorithm");
      expect(verdictOf(`${text}.${mac}`, { keys: [jwk] })).toBe("algorithm");
      expect(verdictOf(`${text}.${mac}`, { keys: [secretKey] })).toBe("algorithm");
    }
  });

  test("and the same HMAC under an RS256 header is a signature of the wrong length", () => {
    expect(verdictOf(tokenOf({ signing: "hmac" }))).toBe("signature");
  });
});

describe("an algorithm of another family, though a fitting key is in the JWKS", () => {
  test.each(["ES256", "PS256"] as const)("%s", (alg) => {
    const keys = [jwkOf("issuer"), jwkOf("ec", { alg: "ES256" })];
    const kid = alg === "ES256" ? "ec" : "issuer";
    expect(decide(tokenOf({ header: { alg, kid }, signing: alg }), { keys })).toMatchObject({
      allowed: false,
      rule: "algorithm",
      description: `signing method ${alg} is invalid`,
    });
  });

  test("an RS256 header over a PSS signature is no PKCS#1 signature", () => {
    expect(verdictOf(tokenOf({ signing: "PS256" }))).toBe("signature");
  });
});

describe("what a JWK says of its algorithm", () => {
  test.each([
    ["RS512", "RS256"],
    ["RS256", "RS384"],
  ])("a key for %s does not verify %s (Wycheproof 332 to 336)", (ofKey, alg) => {
    expect(verdictOf(tokenOf({ header: { alg } }), { keys: [jwkOf("issuer", { alg: ofKey })] })).toBe("key");
  });

  test("a key for RS384 verifies RS384", () => {
    const keys = [jwkOf("issuer", { alg: "RS384" })];
    expect(verdictOf(tokenOf({ header: { alg: "RS384" } }), { keys })).toBe("allowed");
  });
});

describe("alg in no form that is known (jwt_verify_lib TestParseHeaderAbsentAlg, AlgIsNotString, InvalidAlg)", () => {
  test.each<[string, unknown]>([
    ["absent", undefined],
    ["null", null],
    ["a number", 256],
    ["true", true],
    ["a list", ["RS256"]],
    ["an object", { RS256: 1 }],
  ])("%s is unspecified", (_, alg) => {
    expect(decide(tokenOf({ header: { alg } }))).toMatchObject({
      allowed: false,
      rule: "algorithm",
      description: "signing method (alg) is unspecified.",
    });
  });

  test.each([
    "rs256",
    "RS256 ",
    " RS256",
    "RS-256",
    "RS1",
    "SHA256",
    "",
    "__proto__",
    "toString",
    "constructor",
    "RS256\0",
  ])("%j is unavailable", (alg) => {
    expect(decide(tokenOf({ header: { alg } }))).toMatchObject({
      allowed: false,
      rule: "algorithm",
      description: "signing method (alg) is unavailable.",
    });
  });
});

test("a good token's parts, signed by hand, are still a good token: the maker is not what refuses", () => {
  const text = `${encoded(JSON.stringify(HEADER))}.${encoded(JSON.stringify(CLAIMS))}`;
  expect(decideCredential(`${text}.${signatureOf(text, "RS256")}`)).toMatchObject({ allowed: true });
});
