import { expect, test } from "vitest";
import { ownProperty, readPart, splitToken } from "../../lib/rules/unverified-token.ts";

test("a member of the prototype is not a member of the token: a polluted prototype names no key and no issuer", () => {
  const record = Object.create({ kid: "inherited" }) as Record<string, unknown>;
  expect(ownProperty(record, "kid")).toBeUndefined();
  expect(ownProperty({ kid: "own" }, "kid")).toBe("own");
});

test("__proto__ in a token is a member like others", () => {
  const part = readPart(Buffer.from('{"__proto__":{"iss":"x"}}').toString("base64url"));
  expect("record" in part && ownProperty(part.record, "iss")).toBeUndefined();
});

test("three segments, empty ones too; neither fewer nor more", () => {
  expect(splitToken("a.b.c")).toEqual(["a", "b", "c"]);
  expect(splitToken("..")).toEqual(["", "", ""]);
  for (const text of ["", "a", "a.b", "a.b.c.d", "..."]) expect(splitToken(text)).toBeUndefined();
});
