import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { publishedProductOf } from "../../lib/keys/default-keys.ts";
import { makeSelfSigned } from "./certificates.ts";

const IS_71 = "9bf78253a0cb3154d7f61e53a262fae12c2da7e00cb2603eeb1bd6093af981fe";
const IS_59 = "501fc1432d87155dc431382aeb843ed558ad61b1";
const ofText = (hex: string) => Buffer.from(hex).toString("base64url");
const ofBytes = (hex: string) => Buffer.from(hex, "hex").toString("base64url");

describe("a key that comes with WSO2 is known", () => {
  test.each<[string, object, string]>([
    ["the kid of 7.1", { kid: `${ofText(IS_71)}_RS256` }, "Identity Server 7.1, 7.2"],
    ["its other algorithms", { kid: `${ofText(IS_71)}_PS256` }, "Identity Server 7.1, 7.2"],
    ["a kid without suffix", { kid: ofText(IS_71) }, "Identity Server 7.1, 7.2"],
    ["a kid of 5.9, from SHA-1", { kid: `${ofText(IS_59)}_RS256` }, "Identity Server 5.4 to 5.9"],
    ["x5t#S256 of the bytes", { kid: "a", "x5t#S256": ofBytes(IS_71) }, "Identity Server 7.1, 7.2"],
    ["x5t of the bytes", { kid: "a", x5t: ofBytes(IS_59) }, "Identity Server 5.4 to 5.9"],
    ["x5t of the hex text, as up to 7.0", { kid: "a", x5t: ofText(IS_71) }, "Identity Server 7.1, 7.2"],
    [
      "the kid of 5.10, as published tokens carry it",
      { kid: "MzYxMmFkOGYwMWI0ZWNmNDcxNGYwYmM4ZTA3MWI2NDAzZGQzNGM0ZGRlNjJkODFkZDRiOTFkMWFhMzU2ZGVlNg_RS256" },
      "Identity Server 5.10, 5.11, API Manager 3, 4",
    ],
  ])("by %s", (_, jwk, product) => {
    expect(publishedProductOf(jwk as Record<string, unknown>)).toBe(product);
  });

  test("each of the nine, by its kid", () => {
    const thumbprints = [
      "3612ad8f01b4ecf4714f0bc8e071b6403dd34c4dde62d81dd4b91d1aa356dee6",
      "02e6217a58fe8ef0d191e30f6acf44cf08f47b4c18c6c64abdf2d487b48c0a00",
      "9db36ba11a21dad55653727abce15d745793e891983fe7aadfce1b39e3b7c862",
      "cf6f49f8ecce6e92928dc2038548e87310ed06b707d3f9e23783b66a82a24ed8",
      IS_71,
      "e413604ca92796dd8ec92f4e62b0afa1089e809007a9245ebb8733d769d45a8a",
      "10dc29d117a2eb7740828e68b8df17c6d6b0364b141ff03d82f545673fadd937",
      IS_59,
      "6bf8e136eb36d4a56ea05c7ae4b9a45b63bf975d",
    ];
    for (const thumbprint of thumbprints)
      expect(publishedProductOf({ kid: `${ofText(thumbprint)}_RS256` }), thumbprint).toMatch(/\w/);
  });
});

test("the certificate itself (x5c) is enough, by SHA-256 and by SHA-1", async () => {
  const { cert } = await makeSelfSigned();
  const der = new X509Certificate(cert).raw;
  for (const hash of ["sha256", "sha1"]) {
    const published = new Map([[createHash(hash).update(der).digest("hex"), "a product"]]);
    expect(publishedProductOf({ kid: "a", x5c: [der.toString("base64")] }, published)).toBe("a product");
  }
});

test("another key is not: neither by kid, nor by thumbprint, nor by certificate", async () => {
  const { cert } = await makeSelfSigned();
  const der = new X509Certificate(cert).raw;
  const sha256 = createHash("sha256").update(der).digest("hex");
  const jwk = { kid: `${ofText(sha256)}_RS256`, "x5t#S256": ofBytes(sha256), x5c: [der.toString("base64")] };
  expect(publishedProductOf(jwk)).toBeUndefined();
  for (const odd of [{}, { kid: 7 }, { kid: "" }, { x5c: [7] }, { x5c: "text" }, { x5t: null }])
    expect(publishedProductOf(odd)).toBeUndefined();
});
