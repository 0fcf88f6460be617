import { describe, expect, test } from "vitest";
import {
  authorizerSources,
  type InvokeStatement,
  invokeVerdict,
  type KnownOfSource,
  routeSources,
  tolerantSource,
} from "../../lib/aws/invoke-permission.ts";

const API = { apiId: "abcde12345", account: "111111111111", region: "eu-west-1" };
const BASE = "arn:aws:execute-api:eu-west-1:111111111111:abcde12345";

const verdictOf = (source: string | undefined, arns: readonly string[], more: Partial<InvokeStatement> = {}) =>
  invokeVerdict({ by: "policy", statements: [{ name: "Stack/May", source, ...more }], misses: [] }, arns).kind;

describe("6.30 what a route presents, and which SourceArn lets it in", () => {
  test.for<[string, stage: string, key: string, kind: "allowed" | "refused"]>([
    ["/*", "$default", "GET /orders", "allowed"],
    ["/*/*", "$default", "GET /orders", "allowed"],
    ["/*/*/*", "$default", "GET /orders", "allowed"],
    ["/*/*/orders", "$default", "GET /orders", "allowed"],
    ["/*/GET/orders", "dev", "GET /orders", "allowed"],
    ["/dev/GET/orders", "dev", "GET /orders", "allowed"],
    ["/$default/GET/orders", "$default", "GET /orders", "allowed"],
    ["/*/POST/orders", "dev", "GET /orders", "refused"],
    ["/dev/*", "prod", "GET /orders", "refused"],
    ["/dev/*", "$default", "GET /dev/orders", "refused"],
    ["/*/*/orders", "dev", "GET /orders/{id}", "refused"],
    ["/*/*/orders/{id}", "dev", "GET /orders/{id}", "allowed"],
    ["/*/*/orders/*", "dev", "GET /orders/{id}", "allowed"],
    // The path as the key writes it, not as the request has it.
    ["/*/*/orders/7", "dev", "GET /orders/{id}", "refused"],
    ["/*/*/{proxy+}", "dev", "ANY /{proxy+}", "allowed"],
    ["/*/*/", "dev", "GET /", "allowed"],
    // The trap of $default: two parts after the API, not three.
    ["/*/*/*", "dev", "$default", "refused"],
    ["/*/*", "dev", "$default", "allowed"],
    ["/*/$default", "dev", "$default", "allowed"],
    ["/dev/*", "dev", "$default", "allowed"],
    ["/*/*/$default", "dev", "$default", "refused"],
    ["", "dev", "GET /orders", "refused"],
  ])("%s, stage %s, %s: %s", ([path, stage, key, kind]) =>
    expect(verdictOf(`${BASE}${path}`, routeSources(API, stage, key, "GET"))).toBe(kind),
  );

  test.for<[string, method: string, kind: "allowed" | "refused"]>([
    ["/*/ANY/any", "POST", "allowed"],
    ["/*/POST/any", "POST", "allowed"],
    ["/*/GET/any", "POST", "refused"],
    ["/*/*/any", "POST", "allowed"],
  ])("UNK an ANY route may present ANY or the method: %s, asked by %s: %s", ([path, method, kind]) =>
    expect(verdictOf(`${BASE}${path}`, routeSources(API, "dev", "ANY /any", method))).toBe(kind),
  );

  test.for<[string, kind: "allowed" | "refused"]>([
    [`${BASE}/authorizers/auth123`, "allowed"],
    [`${BASE}/authorizers/*`, "allowed"],
    [`${BASE}/*`, "allowed"],
    [`${BASE}/*/*`, "allowed"],
    [`${BASE}/*/*/*`, "refused"],
    [`${BASE}/authorizers/other456`, "refused"],
  ])("an authorizer presents api/authorizers/ID: %s: %s", ([source, kind]) =>
    expect(verdictOf(source, authorizerSources(API, "auth123"))).toBe(kind),
  );

  test("a statement without a SourceArn lets every source in", () => {
    expect(verdictOf(undefined, routeSources(API, "dev", "$default", "GET"))).toBe("allowed");
  });

  test("another region, account, partition or service is refused", () => {
    const arns = routeSources(API, "dev", "GET /x", "GET");
    for (const [from, to] of [
      ["eu-west-1", "eu-west-2"],
      ["111111111111", "222222222222"],
      ["arn:aws:", "arn:aws-cn:"],
      ["execute-api", "lambda"],
      ["abcde12345", "other12345"],
    ] as const)
      expect(verdictOf(`${BASE}/*`.replace(from, to), arns)).toBe("refused");
  });
});

describe("a verdict says why", () => {
  const arns = routeSources(API, "dev", "$default", "GET");

  test("it names what was presented and what each statement allows, three at most", () => {
    const statements = [1, 2, 3, 4].map((at) => ({ name: `Stack/May${at}`, source: `${BASE}/*/*/r${at}` }));
    expect(invokeVerdict({ by: "policy", statements, misses: ["Stack/Other is for the action x"] }, arns)).toEqual({
      kind: "refused",
      cause: "permission",
      reason: `no AWS::Lambda::Permission lets API Gateway call it from ${BASE}/dev/$default; Stack/May1 allows ${BASE}/*/*/r1; Stack/May2 allows ${BASE}/*/*/r2; Stack/May3 allows ${BASE}/*/*/r3; and 2 more do not fit`,
    });
  });

  test("it says so where no statement names the function", () => {
    expect(invokeVerdict({ by: "policy", statements: [], misses: [] }, arns)).toMatchObject({
      reason: `no AWS::Lambda::Permission lets API Gateway call it from ${BASE}/dev/$default; none names the function`,
    });
  });

  test("what a person assumes is allowed", () => {
    expect(invokeVerdict({ by: "assumption" }, arns)).toEqual({ kind: "allowed" });
  });

  test("what depends on the deployment is unsure, and says on what", () => {
    const source = "arn:aws:execute-api:eu-west-1:111111111111:{Other}/*/*";
    const one = { name: "Stack/May", source, tolerantSource: source.replace("{Other}", "*") };
    expect(invokeVerdict({ by: "policy", statements: [one], misses: [] }, arns)).toEqual({
      kind: "unsure",
      reason: `Stack/May lets it if, when deployed, ${source} fits ${BASE}/dev/$default`,
    });
    const sure = { name: "Stack/Sure", source: undefined };
    expect(invokeVerdict({ by: "policy", statements: [one, sure], misses: [] }, arns)).toEqual({ kind: "allowed" });
  });

  test("tolerance does not reach the parts that are known", () => {
    const tolerant = "arn:aws:execute-api:eu-west-1:111111111111:*/*/*/*";
    expect(verdictOf("arn:{X}", arns, { tolerantSource: tolerant })).toBe("refused");
  });
});

describe("tolerantSource", () => {
  const KNOWN: KnownOfSource = {
    isAccountKnown: true,
    isRegionKnown: true,
    apiIds: new Set(["abcde12345", "other12345"]),
    authorizerIds: new Set(["auth123"]),
  };
  const AGNOSTIC = { ...KNOWN, isAccountKnown: false, isRegionKnown: false };

  test.for<[string, KnownOfSource, open: readonly string[], string]>([
    [`${BASE}/*/*`, KNOWN, [], `${BASE}/*/*`],
    [`${BASE}/*/GET/{id}`, KNOWN, [], `${BASE}/*/GET/{id}`],
    [`${BASE}/{Stage}/GET/{id}`, KNOWN, ["{Stage}"], `${BASE}/*/GET/{id}`],
    ["{WholeArn}", KNOWN, ["{WholeArn}"], "*:*:*:*:*:*"],
    ["{{resolve:ssm:/arn}}", KNOWN, ["{{resolve:ssm:/arn}}"], "*:*:*:*:*:*"],
    ["not an ARN", KNOWN, [], "not an ARN"],
    // A literal id that is none of the assembly's may be the one of an earlier deployment; another API's is not.
    [`${BASE.replace("abcde12345", "zzzzz99999")}/*`, KNOWN, [], `${BASE.replace("abcde12345", "*")}/*`],
    [`${BASE.replace("abcde12345", "other12345")}/*`, KNOWN, [], `${BASE.replace("abcde12345", "other12345")}/*`],
    [`${BASE}/authorizers/a1b2c3`, KNOWN, [], `${BASE}/authorizers/*`],
    [`${BASE}/authorizers/auth123`, KNOWN, [], `${BASE}/authorizers/auth123`],
    [`${BASE}/*`, AGNOSTIC, [], "arn:*:execute-api:*:*:abcde12345/*"],
  ])("%s", ([source, known, open, expected]) => expect(tolerantSource(source, open, known)).toBe(expected));
});
