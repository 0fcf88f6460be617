import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readKeySet } from "../../lib/rules/key-set.ts";
import { jwkOf, signatureOf, tokenOf, verdictOf } from "./token-maker.ts";

const read = (keys: readonly unknown[]) => readKeySet(JSON.stringify({ keys }));
const why = (more: object, name = "issuer") => {
  const entry = read([jwkOf(name, more as Record<string, unknown>)])?.byKid.get(name);
  return entry?.kind === "refused" ? entry.why : entry?.kind;
};
const hex = (text: string) => Buffer.from(text, "hex").toString("base64url");
const modulus = Buffer.from(String(jwkOf().n), "base64url");

describe("a document (jwt_verify_lib EmptyJwks, JwksNoKeys, JwksWrongKeys)", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "<html>"],
    ["cut JSON", '{"keys":['],
    ["null", "null"],
    ["a list", "[]"],
    ["a string", '"keys"'],
    ["no keys", "{}"],
    ["keys of another name", '{"Keys":[]}'],
    ["keys that are an object", '{"keys":{}}'],
    ["keys that are null", '{"keys":null}'],
    ["inherited keys", '{"__proto__":{"keys":[]}}'],
    ["a byte order mark", '\ufeff{"keys":[]}'],
  ])("with %s is no JWKS", (_, text) => {
    expect(readKeySet(text)).toBeUndefined();
  });

  test("with an empty list is one without keys", () => {
    expect(read([])).toEqual({ byKid: new Map(), warnings: [] });
  });
});

describe("one bad member never voids the set (JwksIgnoreUnsupportedKeyInMiddle; aws-jwt-verify: mixed JWKS)", () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["a string", "key"],
    ["a list", []],
    ["an empty object", {}],
    ["an EC key", jwkOf("ec")],
    ["an EC key without alg or use", { ...jwkOf("ec"), use: undefined }],
    ["an octet key", { kty: "oct", kid: "secret", k: "AAAA" }],
    ["an OKP key", { kty: "OKP", kid: "ed", crv: "Ed25519", x: "AAAA" }],
    ["a post-quantum key", { kty: "AKP", kid: "pq", alg: "ML-DSA-44", pub: "AAAA" }],
    ["a kty that nobody knows (JwksInvalidKty)", { kty: "XYZ", kid: "xyz" }],
    ["no kty (JwksJwkMissingKty)", { ...jwkOf("second"), kty: undefined }],
    ["a kty that is not a string (JwksJwkBadKty)", { ...jwkOf("second"), kty: ["RSA"] }],
    ["a kty in another case", { ...jwkOf("second"), kty: "rsa" }],
    ["n and e are absent (JwksRSANoNE)", { kty: "RSA", kid: "second" }],
    ["n is not base64url (JwksRSAKeyBadN)", { ...jwkOf("second"), n: "!!" }],
    ["n is a number (JwksRSAInvalidN)", { ...jwkOf("second"), n: 12 }],
    ["n is absent", { ...jwkOf("second"), n: undefined }],
    ["e is absent (JwksRSAKeyMissingE)", { ...jwkOf("second"), e: undefined }],
    ["e is not base64url (JwksRSAKeyBadE)", { ...jwkOf("second"), e: "#" }],
    ["e is a number", { ...jwkOf("second"), e: 65_537 }],
    ["a kid of another type", { ...jwkOf("second"), kid: 7 }],
  ];

  test.each(bad)("%s", (_, member) => {
    const set = read([member, jwkOf(), member]);
    expect(set?.byKid.get("issuer")?.kind).toBe("found");
    expect([...(set?.byKid.values() ?? [])].filter(({ kind }) => kind === "found")).toHaveLength(1);
    expect(set?.warnings.length).toBeGreaterThan(0);
    expect(verdictOf(tokenOf(), { keys: [member, jwkOf(), member] })).toBe("allowed");
  });
});

describe("a key that may not verify", () => {
  test.each([
    ["kty EC with an RSA key's members (JwksMismatchKty1)", { kty: "EC" }, 'kty is "EC", not "RSA"'],
    ["use enc (Wycheproof 353, 355)", { use: "enc" }, 'use is "enc", not "sig"'],
    ["use in another case", { use: "SIG" }, 'use is "SIG", not "sig"'],
    ["use a list", { use: ["sig"] }, 'use is ["sig"], not "sig"'],
    ["use null", { use: null }, 'use is null, not "sig"'],
    ["use empty", { use: "" }, 'use is "", not "sig"'],
    ["key_ops without verify", { key_ops: ["encrypt"] }, 'key_ops does not hold "verify"'],
    ["key_ops empty", { key_ops: [] }, 'key_ops does not hold "verify"'],
    ["key_ops a string", { key_ops: "verify" }, 'key_ops does not hold "verify"'],
    ["key_ops sign only", { key_ops: ["sign"] }, 'key_ops does not hold "verify"'],
    ["key_ops null", { key_ops: null }, 'key_ops does not hold "verify"'],
    ["alg of another family", { alg: "PS256" }, 'alg is "PS256", not RS256, RS384 or RS512'],
    ["alg HS256", { alg: "HS256" }, 'alg is "HS256", not RS256, RS384 or RS512'],
    ["alg for encryption", { alg: "RSA-OAEP" }, 'alg is "RSA-OAEP", not RS256, RS384 or RS512'],
    ["alg in lower case", { alg: "rs256" }, 'alg is "rs256", not RS256, RS384 or RS512'],
    ["alg null", { alg: null }, "alg is null, not RS256, RS384 or RS512"],
    ["alg a list", { alg: ["RS256"] }, 'alg is ["RS256"], not RS256, RS384 or RS512'],
    ["e = 1: anybody can sign (Wycheproof 9)", { e: "AQ" }, "e is 1"],
    ["e = 0", { e: "AA" }, "e begins with a zero byte"],
    ["e = 2", { e: "Ag" }, "e is 2"],
    ["e even", { e: hex("010000") }, "e is even"],
    ["e with a leading zero", { e: hex("00010001") }, "e begins with a zero byte"],
    ["e = 2^31 + 1: Go takes none so large", { e: hex("80000001") }, "e is larger than 2^31 - 1"],
    [
      "e as large as n: each look at a signature would cost as much as signing",
      { e: String(jwkOf().n) },
      "e is larger than 2^31 - 1",
    ],
    ["e empty", { e: "" }, "e is not base64url"],
    ["e with padding", { e: "AQAB====" }, "e is not base64url"],
    [
      "n with a leading zero",
      { n: Buffer.concat([Buffer.from([0]), modulus]).toString("base64url") },
      "n begins with a zero byte",
    ],
    ["n even", { n: Buffer.concat([modulus.subarray(0, -1), Buffer.from([2])]).toString("base64url") }, "n is even"],
    ["n with padding", { n: `${String(jwkOf().n)}==` }, "n is not base64url"],
    ["n empty", { n: "" }, "n is not base64url"],
    ["n = 3", { n: "Aw" }, "it has 2 bits, not 2048 to 8192"],
    [
      "n of 2,047 bits",
      { n: Buffer.concat([Buffer.from([0x7f]), modulus.subarray(1)]).toString("base64url") },
      "it has 2047 bits, not 2048 to 8192",
    ],
    [
      "n of 8,193 bits: a way to burn our CPU",
      { n: Buffer.concat([Buffer.from([1]), Buffer.alloc(1024, 255)]).toString("base64url") },
      "it has 8193 bits, not 2048 to 8192",
    ],
    ["n of 16,384 bits", { n: Buffer.alloc(2048, 255).toString("base64url") }, "it has 16384 bits, not 2048 to 8192"],
  ])("%s", (_, more, reason) => {
    expect(why(more)).toBe(reason);
    expect(verdictOf(tokenOf(), { keys: [jwkOf("issuer", more as Record<string, unknown>)] })).toBe("key");
  });

  test("1,024 bits, with a good signature (RFC 7518 section 3.3, Wycheproof 8)", () => {
    const token = tokenOf({ key: "rsa-1024", header: { kid: "rsa-1024" } });
    expect(why({}, "rsa-1024")).toBe("it has 1024 bits, not 2048 to 8192");
    expect(verdictOf(token, { keys: [jwkOf("rsa-1024")] })).toBe("key");
  });

  test("e = 1, with the signature that anybody can make for it", () => {
    const [header = "", claims = ""] = tokenOf().split(".");
    const forged = forgedUnderExponentOne(`${header}.${claims}`);
    expect(verdictOf(`${header}.${claims}.${forged}`, { keys: [jwkOf("issuer", { e: "AQ" })] })).toBe("key");
  });

  test("the good key of each size is found", () => {
    for (const name of ["issuer", "rsa-3072", "rsa-4096"]) expect(why({}, name)).toBe("found");
    for (const more of [
      { e: "Aw" },
      { e: hex("7fffffff") },
      { use: undefined },
      { alg: undefined },
      { alg: "RS512" },
      { key_ops: ["verify"] },
      { key_ops: ["sign", "verify"] },
    ])
      expect(why(more)).toBe("found");
  });

  test("of 3,072 and 4,096 bits verify all three digests", () => {
    for (const kid of ["rsa-3072", "rsa-4096"])
      for (const alg of ["RS256", "RS384", "RS512"])
        expect(verdictOf(tokenOf({ key: kid, header: { kid, alg } }), { keys: [jwkOf(kid)] })).toBe("allowed");
  });
});

/** With e = 1 the "signature" is the padded message itself. */
function forgedUnderExponentOne(text: string): string {
  const signature = Buffer.from(signatureOf(text, "RS256"), "base64url");
  const key = createPublicKey({ key: jwkOf() as { kty: string }, format: "jwk" });
  return publicRaw(key, signature).toString("base64url");
}

function publicRaw(key: ReturnType<typeof createPublicKey>, signature: Buffer): Buffer {
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
}

describe("a private part in the JWKS", () => {
  test.each(["d", "p", "q", "dp", "dq", "qi"])("%s is told loudly and is not used", (name) => {
    const set = read([jwkOf("issuer", { [name]: "c2VjcmV0LXBhcnQ" })]);
    expect(set?.warnings).toEqual([
      "the key issuer is published with its private part: anyone who reads the JWKS can sign",
    ]);
    const entry = set?.byKid.get("issuer");
    expect(entry?.kind === "found" && entry.key.object.type).toBe("public");
    expect(JSON.stringify(set)).not.toContain("c2VjcmV0LXBhcnQ");
  });
});

describe("a kid that is listed twice (RFC 7517 section 4.5, Wycheproof 4)", () => {
  const twice = jwkOf("second", { kid: "issuer" });

  test.each([
    ["two RSA keys", [jwkOf(), twice]],
    ["the other way round", [twice, jwkOf()]],
    ["the first again after them", [jwkOf(), twice, jwkOf()]],
    ["an EC key after it", [jwkOf(), jwkOf("ec", { kid: "issuer" })]],
    ["an EC key before it", [jwkOf("ec", { kid: "issuer" }), jwkOf()]],
    ["the same key for encryption", [jwkOf(), jwkOf("issuer", { use: "enc" })]],
    ["the same key for another algorithm", [jwkOf("issuer", { alg: "RS256" }), jwkOf("issuer", { alg: "RS512" })]],
  ])("is refused: %s", (_, keys) => {
    expect(read(keys)?.byKid.get("issuer")).toEqual({ kind: "refused", why: "two different keys have this kid" });
    expect(verdictOf(tokenOf(), { keys })).toBe("key");
    expect(read(keys)?.warnings).toContain("the key issuer is not used: two different keys have this kid");
  });

  test("is one key where it is the same, whatever its certificate says", () => {
    const keys = [jwkOf(), jwkOf("issuer", { x5t: "AAAA", x5c: ["MIIB"] }), jwkOf()];
    expect(read(keys)?.byKid.get("issuer")?.kind).toBe("found");
    expect(verdictOf(tokenOf(), { keys })).toBe("allowed");
  });

  test("does not touch the keys beside it", () => {
    expect(read([jwkOf(), twice, jwkOf("foreign")])?.byKid.get("foreign")?.kind).toBe("found");
  });
});

test("a key whose members nest 10,000 levels deep is left out, and the others stay", () => {
  const deep = JSON.stringify(jwkOf("second")).replace(/\}$/, `,"x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);
  const set = readKeySet(`{"keys":[${deep},${JSON.stringify(jwkOf("issuer"))}]}`);
  expect([...(set?.byKid.keys() ?? [])]).toEqual(["issuer"]);
  expect(set?.warnings).toEqual(["keys[0] is nested too deeply"]);
});
