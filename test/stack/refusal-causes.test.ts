import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMirror } from "../../lambda/authorizer.ts";
import { formatAccessLog } from "../../lib/gateway/access-log.ts";
import { IssuerFault } from "../../lib/http/issuer-fault.ts";
import { LOG_TEXTS } from "../../lib/rules/log-error.ts";
import { RULES } from "../../lib/rules/rules.ts";
import type { Session } from "../../lib/session/session.ts";
import { ACCESS_LOG_FORMAT } from "../../lib/stack/access-log-format.ts";
import { ISSUER_FAULT, REFUSAL_CAUSES, UNANSWERED } from "../../lib/stack/refusal-causes.ts";
import { FLAWS, type FlawName } from "../../lib/tokens/flaws.ts";
import { matchesPattern } from "./filter-pattern.ts";
import { sessionOf } from "./session-of.ts";

const ALL = [...REFUSAL_CAUSES, ISSUER_FAULT];
const MODES = ["native", "mirror"] as const;

const causesOf = (mode: (typeof MODES)[number], line: string) =>
  ALL.filter((cause) => cause[mode] !== undefined && matchesPattern(cause[mode].logPatternString, line)).map(
    ({ metric }) => metric,
  );

/** A line as API Gateway writes it for a request that its authorizer refused. */
const refused = (error: string, status = 401) =>
  formatAccessLog(ACCESS_LOG_FORMAT, { status, "authorizer.error": error, routeKey: "GET /orders" });

describe("in the access log", () => {
  /** The texts that explain knows of AWS; those of a function, of IAM and of permissions are no refusals by the authorizer. */
  const texts = LOG_TEXTS.filter(({ words }) => words === "AWS")
    .flatMap((one) => one.texts)
    .filter((text) => !/Lambda function|IAM Authorizer|permissions/.test(text));

  test("each text of the authorizer that explain knows has one cause", () => {
    expect(texts.length).toBeGreaterThan(12);
    for (const text of texts) expect(causesOf("native", refused(text.replace("…", "x"))), text).toHaveLength(1);
  });

  test.each([
    ["missing: token not provided", "NoToken"],
    ["invalid_token: token contains an invalid number of segments", "Malformed"],
    ["invalid_token: unexpected end of JSON input", "Malformed"],
    ["invalid_token: signing method PS256 is invalid", "Algorithm"],
    ["invalid_token: signing method (alg) is unavailable.", "Algorithm"],
    ["invalid_token: the token does not have a valid audience", "Audience"],
    ["issuer does not match", "Issuer"],
    ["invalid_token: the issuer in https://is.example.com differs", "IssuerFault"],
    ["invalid_token: JWKS communication error", "IssuerFault"],
    ["invalid_token: OIDC discovery endpoint communication error", "IssuerFault"],
    ["invalid_token: Token is expired", "Expired"],
    ["invalid_token: Token used before issued", "Clock"],
    ["invalid_token: crypto/rsa: verification error", "Signature"],
  ])("%s counts as %s", (text, cause) => {
    expect(causesOf("native", refused(text))).toEqual([cause]);
    expect(matchesPattern(UNANSWERED.unauthorized.pattern.logPatternString, refused(text))).toBe(true);
  });

  test("a text that nobody knows, and a request that was served, have no cause", () => {
    expect(causesOf("native", refused("invalid_token: something new"))).toEqual([]);
    const served = formatAccessLog(ACCESS_LOG_FORMAT, { status: 200, integrationStatus: 200 });
    expect(causesOf("native", served)).toEqual([]);
  });

  test("2.3 a 403 without integration is a missing scope; a 401, 403 or 429 of the function itself counts nowhere", () => {
    expect(causesOf("native", refused("-", 403))).toEqual(["Scope"]);
    for (const status of [401, 403, 429]) {
      const own = formatAccessLog(ACCESS_LOG_FORMAT, { status, integrationStatus: 200 });
      const counted = Object.values(UNANSWERED).filter(({ pattern }) => matchesPattern(pattern.logPatternString, own));
      expect([causesOf("native", own), counted], String(status)).toEqual([[], []]);
    }
  });

  test("6.24 a 429 of the stage is throttling", () => {
    const line = formatAccessLog(ACCESS_LOG_FORMAT, { status: 429 });
    expect(matchesPattern(UNANSWERED.throttled.pattern.logPatternString, line)).toBe(true);
  });

  test("a request cannot make itself another cause by what it sends", () => {
    const line = formatAccessLog(ACCESS_LOG_FORMAT, {
      status: 401,
      "authorizer.error": "missing: token not provided",
      path: '/x","authorizerError":"JWKS communication error',
    });
    expect(causesOf("native", line)).toEqual(["NoToken"]);
  });
});

test("every rule of the mirror has one cause", () => {
  for (const { name } of RULES)
    expect(causesOf("mirror", JSON.stringify({ message: "refused", rule: name })), name).toHaveLength(1);
});

test("a fetch that the mirror could not make is the issuer's fault, and the refusal by it is not a cause of its own", async () => {
  const lines: string[] = [];
  const mirror = createMirror(
    { issuer: "https://is.example.com/oauth2/token", audience: ["client"], routeScopes: new Map([["GET /me", []]]) },
    {
      fetchDocument: () => Promise.reject(new IssuerFault("timeout", "no whole answer within 1500 ms")),
      nowMs: () => 0,
      log: (line) => void lines.push(line),
    },
  );
  const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: "one" })).toString("base64url");
  const claims = Buffer.from("{}").toString("base64url");
  await mirror({ routeKey: "GET /me", identitySource: [`Bearer ${header}.${claims}.AAAA`] });
  expect(lines.map((line) => causesOf("mirror", line))).toEqual([["IssuerFault"], []]);
});

test("no pattern is longer than the 1,024 characters that CloudWatch Logs takes", () => {
  for (const mode of MODES)
    for (const cause of ALL) expect(cause[mode]?.logPatternString.length ?? 0).toBeLessThanOrEqual(1_024);
});

/** What each flawed token is counted as; undefined where AWS's text is not known and it counts among the others. */
const CAUSE_OF_FLAW: Readonly<Record<FlawName, { native: string | undefined; mirror: string }>> = {
  expired: { native: "Expired", mirror: "Expired" },
  "not-yet-valid": { native: "Clock", mirror: "Clock" },
  "issued-in-future": { native: "Clock", mirror: "Clock" },
  "wrong-issuer": { native: "Issuer", mirror: "Issuer" },
  "wrong-audience": { native: "Audience", mirror: "Audience" },
  "wrong-key": { native: "Signature", mirror: "Signature" },
  "unknown-kid": { native: undefined, mirror: "UnknownKey" },
  "no-kid": { native: undefined, mirror: "UnknownKey" },
  "alg-none": { native: "Algorithm", mirror: "Algorithm" },
  "hs256-public-key": { native: "Algorithm", mirror: "Algorithm" },
  es256: { native: "Algorithm", mirror: "Algorithm" },
  tampered: { native: "Signature", mirror: "Signature" },
  "no-scope": { native: "Scope", mirror: "Scope" },
  opaque: { native: "Malformed", mirror: "Malformed" },
};

describe.each(MODES)("flawed tokens at the %s authorizer of the template on this machine", (mode) => {
  let session: Session;
  const lines: string[] = [];

  beforeAll(async () => {
    session = await sessionOf("staging", mode === "mirror" ? { authorizer: "lambda" } : {}, {
      onRequest: (record) => void (mode === "native" && lines.push(record.accessLogLine() ?? "")),
      onLog: (_, line) => void (mode === "mirror" && lines.push(line)),
    });
  });
  afterAll(() => session.close());

  test("are counted by their cause, one each", async () => {
    const found: Record<string, string | undefined> = {};
    for (const { name } of FLAWS) {
      lines.length = 0;
      const token = await session.issuers[0]?.mint({ flaw: name });
      const response = await fetch(`${session.gateways[0]?.url}/orders`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await response.text();
      await expect.poll(() => lines.length).toBeGreaterThan(0);
      const causes = lines.flatMap((line) => causesOf(mode, line));
      expect(causes.length, `${name}: ${lines.join()}`).toBeLessThanOrEqual(1);
      found[name] = causes[0];
    }
    expect(found).toEqual(Object.fromEntries(FLAWS.map(({ name }) => [name, CAUSE_OF_FLAW[name][mode]])));
  });
});
