import { constants, createHash, privateEncrypt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decide, encoded, findIn, jwkOf, pairOf, tokenOf, verdictOf } from "./token-maker.ts";

const [header = "", claims = "", signature = ""] = tokenOf().split(".");
const text = `${header}.${claims}`;
const bytes = Buffer.from(signature, "base64url");
const withSignature = (changed: Buffer) => `${text}.${changed.toString("base64url")}`;

/** An encoded message (RFC 8017 section 9.2): 00, type, filler, 00, what follows. */
const block = (filler: number, type: number, middle: Buffer, after = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from([0, type]), Buffer.alloc(filler, 255), Buffer.from([0]), middle, after]);

/** Signed as it is, whatever its form. */
const rawSign = (message: Buffer) =>
  withSignature(privateEncrypt({ key: pairOf("issuer").privateKey, padding: constants.RSA_NO_PADDING }, message));

describe("a signature that is not the key's (jwt_verify_lib InvalidSignature)", () => {
  test.each<[string, Buffer]>([
    ["none", Buffer.alloc(0)],
    ["one byte", Buffer.from([1])],
    ["all zero", Buffer.alloc(256)],
    ["all ones", Buffer.alloc(256, 255)],
    ["a byte less", bytes.subarray(0, -1)],
    ["a byte less in front", bytes.subarray(1)],
    ["a zero byte more in front", Buffer.concat([Buffer.from([0]), bytes])],
    ["a zero byte more behind", Buffer.concat([bytes, Buffer.from([0])])],
    ["twice", Buffer.concat([bytes, bytes])],
    ["reversed", Buffer.from(bytes.toReversed())],
    ["100,000 bytes", Buffer.alloc(100_000, 1)],
  ])("%s", (_, changed) => {
    expect(decide(withSignature(changed))).toMatchObject({
      allowed: false,
      rule: "signature",
      description: "crypto/rsa: verification error",
    });
  });

  test("each single bit of it counts", () => {
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(verdictOf(withSignature(changed))).toBe("signature");
    }
  });

  test("s and s + n are two numbers of which one is a signature", () => {
    const modulus = BigInt(`0x${Buffer.from(String(jwkOf().n), "base64url").toString("hex")}`);
    const sum = (BigInt(`0x${bytes.toString("hex")}`) + modulus).toString(16);
    if (sum.length > 512) return;
    expect(verdictOf(withSignature(Buffer.from(sum.padStart(512, "0"), "hex")))).toBe("signature");
  });

  test("its length is the modulus's, before OpenSSL is asked", () => {
    const found = findIn()("issuer");
    if (found instanceof Promise || found.kind !== "found") throw new Error("the key is at hand");
    const shorter = { ...found, key: { ...found.key, modulusBytes: found.key.modulusBytes - 1 } };
    expect(verdictOf(tokenOf(), { findKey: () => found })).toBe("allowed");
    expect(verdictOf(tokenOf(), { findKey: () => shorter })).toBe("signature");
  });

  test("by a foreign key under the issuer's kid", () => {
    expect(verdictOf(tokenOf({ key: "foreign" }))).toBe("signature");
  });

  test("of another token of the same issuer", () => {
    const other = tokenOf({ claims: { sub: "mallory" } });
    expect(verdictOf(`${text}.${other.split(".")[2]}`)).toBe("signature");
  });

  test("over changed claims or a changed header", () => {
    const changed = encoded(Buffer.from(claims, "base64url").toString().replace("alice", "admin"));
    expect(verdictOf(`${header}.${changed}.${signature}`)).toBe("signature");
    const headed = encoded(Buffer.from(header, "base64url").toString().replace("at+jwt", "JWT"));
    expect(verdictOf(`${headed}.${claims}.${signature}`)).toBe("signature");
  });
});

describe("PKCS#1 v1.5 padding and DigestInfo (CVE-2006-4339)", () => {
  const SHA256 = Buffer.from("3031300d060960864801650304020105000420", "hex");
  const digest = createHash("sha256").update(text).digest();
  const info = Buffer.concat([SHA256, digest]);

  test("by hand in the right form is a good signature: it is the form that is refused below", () => {
    expect(verdictOf(rawSign(block(202, 1, info)))).toBe("allowed");
  });

  test.each<[string, Buffer]>([
    ["trailing garbage after a short padding", block(8, 1, info, Buffer.alloc(194, 7))],
    ["trailing zeros", block(8, 1, info, Buffer.alloc(194))],
    ["the digest only, without its name", block(221, 1, digest)],
    [
      "the name of SHA-1",
      block(202, 1, Buffer.concat([Buffer.from("3031300906052b0e03021a05000420", "hex"), digest, Buffer.alloc(4)])),
    ],
    ["block type 2", block(202, 2, info)],
    ["block type 0", block(202, 0, info)],
    ["padding that is not all ones", Buffer.concat([Buffer.from([0, 1, 254]), block(201, 1, info).subarray(2)])],
    [
      "the parameters left out",
      block(
        204,
        1,
        Buffer.concat([Buffer.from("302f300b0609608648016503040201", "hex"), Buffer.from("0420", "hex"), digest]),
      ),
    ],
    ["another digest", block(202, 1, Buffer.concat([SHA256, createHash("sha256").update("other").digest()]))],
  ])("%s", (_, message) => {
    expect(message).toHaveLength(256);
    expect(verdictOf(rawSign(message))).toBe("signature");
  });
});

test("the signature is asked before the claims: a foreign token's times, issuer and audience stay unsaid", () => {
  const claimsOfAnother = { exp: 1, iss: "https://evil.example", aud: "x" };
  expect(verdictOf(tokenOf({ key: "foreign", claims: claimsOfAnother }))).toBe("signature");
});
