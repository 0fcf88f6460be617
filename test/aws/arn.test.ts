import { describe, expect, test } from "vitest";
import { arnLike, arnParts, isLike, partitionOf } from "../../lib/aws/arn.ts";

const ARN = "arn:aws:execute-api:eu-west-1:111111111111:abcde12345/dev/GET/orders/{id}";

describe("arnLike compares the six parts of an ARN each on its own", () => {
  test.for<[boolean, string]>([
    [true, ARN],
    [true, "arn:aws:execute-api:eu-west-1:111111111111:abcde12345/*/*/orders/{id}"],
    [true, "arn:aws:execute-api:eu-west-1:111111111111:abcde12345/*"],
    [true, "arn:aws:execute-api:*:*:abcde12345/dev/*"],
    [true, "arn:*:*:*:*:*"],
    [true, "arn:aws:execute-api:eu-west-?:111111111111:abcde12345/dev/???/orders/*"],
    [true, "arn:aws:execute-api:eu-west-1:111111111111:*"],
    [true, "arn:aws:execute-api:eu-west-1:111111111111:abcde12345*orders*"],
    [false, "arn:aws:execute-api:eu-west-1:111111111111:abcde12345/dev/GET/orders"],
    [false, "arn:aws:execute-api:eu-west-1:111111111111:abcde12345/dev/get/orders/{id}"],
    [false, "arn:aws:execute-api:eu-west-1:111111111111:abcde12345/prod/*"],
    [false, "arn:aws:execute-api:eu-west-1:111111111111:abcde1234?"],
    [false, "arn:aws:execute-api:eu-west-1:222222222222:abcde12345/*"],
    [false, "arn:aws:execute-api::111111111111:abcde12345/*"],
    [false, "arn:aws-cn:execute-api:eu-west-1:111111111111:abcde12345/*"],
    [false, "arn:aws:lambda:eu-west-1:111111111111:abcde12345/*"],
    // A star crosses no colon: a pattern with fewer parts fits no ARN.
    [false, "*"],
    [false, "arn:*"],
    [false, "arn:aws:execute-api:*"],
    [false, "arn:aws:execute-api:*:abcde12345/*"],
    [false, ""],
  ])("%s for %s", ([fits, pattern]) => expect(arnLike(pattern, ARN)).toBe(fits));

  test("colons in the sixth part belong to it", () => {
    expect(arnParts("arn:aws:logs:r:1:log-group:name:*")).toEqual(["arn", "aws", "logs", "r", "1", "log-group:name:*"]);
    expect(arnLike("arn:aws:lambda:r:1:function:*", "arn:aws:lambda:r:1:function:name:live")).toBe(true);
  });
});

describe("isLike", () => {
  test.for<[boolean, string, string]>([
    [true, "", ""],
    [true, "*", ""],
    [true, "**", "x"],
    [true, "a*b*c", "a-b-b-c"],
    [true, "*b", "abab"],
    [false, "?", ""],
    [false, "a?", "a"],
    [false, "a*b", "a-b-"],
    [false, "a.c", "abc"],
    [false, "", "x"],
    [false, "[a]", "a"],
  ])("%s: %j for %j", ([fits, pattern, text]) => expect(isLike(pattern, text)).toBe(fits));

  test("a hostile pattern takes no time", () => {
    const startedMs = performance.now();
    expect(isLike(`${"a*".repeat(200)}b`, "a".repeat(5_000))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

test("the partition of a region", () => {
  expect(["eu-west-1", "cn-north-1", "us-gov-west-1"].map(partitionOf)).toEqual(["aws", "aws-cn", "aws-us-gov"]);
});
