import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { authorizerErrorOf, bodyOf, challengeOf } from "../../lib/rules/challenge.ts";
import type { Denied } from "../../lib/rules/decision.ts";
import { decide, decideCredential, encoded, tokenOf } from "./token-maker.ts";

const denied = (description: string, error: Denied["error"] = "invalid_token") =>
  ({ error, description, status: 401 }) as Denied;

describe("what a client gets to see", () => {
  test("2.1.1, 2.1.2 single spaces, no commas, an empty scope", () => {
    const decision = decide(tokenOf({ claims: { aud: "x" } }));
    if (decision.allowed) throw new Error("allowed");
    expect(challengeOf(decision)).toBe(
      'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"',
    );
    expect(authorizerErrorOf(decision)).toBe("invalid_token: the token does not have a valid audience");
  });

  test("1.8, 2.1.4 Bearer only without a token, and the cause in the log", () => {
    const decision = decideCredential(undefined);
    if (decision.allowed) throw new Error("allowed");
    expect(challengeOf(decision)).toBe("Bearer");
    expect(authorizerErrorOf(decision)).toBe("missing: token not provided");
  });

  test("2.1.5 26 and 23 bytes", () => {
    expect(Buffer.byteLength(bodyOf(denied("x")))).toBe(26);
    expect(Buffer.byteLength(bodyOf({ status: 403 }))).toBe(23);
  });
});

describe("nothing of a token can break a header or a log line (CVE-2016-5325 class)", () => {
  const hostile = [
    "RS256\r\nX-Evil: y",
    "a\nb",
    "a\0b",
    'a"b',
    "a\\b",
    "a\u2028b",
    "a\u202eb",
    "é",
    "😀",
    "\ud800",
    "\x1b[31m",
    "\x7f",
    "x".repeat(5_000),
  ];

  test.each(hostile)("%j in a description", (text) => {
    const header = challengeOf(denied(text)) ?? "";
    expect(header).toMatch(
      /^Bearer scope="" error="invalid_token" error_description="[\x20\x21\x23-\x5b\x5d-\x7e]{0,100}"$/,
    );
    expect(authorizerErrorOf(denied(text))).toMatch(/^invalid_token: [\x20\x21\x23-\x5b\x5d-\x7e]{0,100}$/);
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    expect(() => response.setHeader("www-authenticate", header)).not.toThrow();
  });

  test.each(hostile)("%j in the token's alg, kid, iss and aud", (text) => {
    const tokens = [
      tokenOf({ header: { alg: text } }),
      tokenOf({ header: { kid: text } }),
      tokenOf({ claims: { iss: text } }),
      tokenOf({ claims: { aud: text } }),
      tokenOf({ headerText: text, signing: "RS256" }),
      `${encoded(text)}.${encoded(text)}.${encoded(text)}`,
      text,
    ];
    for (const token of tokens) {
      const decision = decide(token);
      if (decision.allowed) throw new Error("allowed");
      expect(challengeOf(decision)).toMatch(
        /^Bearer scope="" error="invalid_token" error_description="[ !#-[\]-~]{0,100}"$/,
      );
      expect(authorizerErrorOf(decision)).toMatch(/^invalid_token: [ !#-[\]-~]{0,100}$/);
    }
  });
});
