import { expect, test } from "vitest";
import { worthTelling } from "../../lib/keys/key-warnings.ts";
import { readKeySet } from "../../lib/rules/key-set.ts";
import { jwkOf } from "../rules/token-maker.ts";

const told = (keys: readonly unknown[], good: number) =>
  worthTelling(readKeySet(JSON.stringify({ keys }))?.warnings ?? [], good).length;

test("WSO2's key for PS256 is no warning beside its key for RS256; without one it is, and an EC key always is", () => {
  const pss = jwkOf("issuer", { kid: "issuer_PS256", alg: "PS256" });
  const ec = { kty: "EC", kid: "ec", crv: "P-256", x: "x", y: "y" };
  expect(told([jwkOf("issuer"), pss], 1)).toBe(0);
  expect(told([jwkOf("issuer"), pss, ec], 1)).toBe(1);
  expect(told([pss], 0)).toBe(1);
});
