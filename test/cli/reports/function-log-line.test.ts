import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { functionLogLine, rawLogLine } from "../../../lib/cli/reports/function-log-line.ts";

const PLAIN = { paint: pc.createColors(false) };
const shown = (line: unknown) =>
  functionLogLine("Orders", typeof line === "string" ? line : JSON.stringify(line), PLAIN);

describe("a line of a function", () => {
  test.each([
    ["of Powertools' logger", { level: "INFO", message: "listed", service: "orders" }, "Orders: INFO  listed"],
    [
      "with an error",
      { level: "ERROR", message: "failed", error: { name: "TypeError", message: "no id" } },
      "Orders: ERROR failed  TypeError: no id",
    ],
    ["of Lambda's JSON format", { timestamp: "t", level: "warn", message: "slow" }, "Orders: WARN  slow"],
    [
      "with metrics",
      { _aws: {}, service: "orders", Orders: 3, Millis: 1.5 },
      "Orders: metrics Orders = 3, Millis = 1.5",
    ],
    ["of text", "START of it", "Orders: START of it"],
    ["of other JSON", { hello: "you" }, 'Orders: {"hello":"you"}'],
    ["of JSON that is cut", '{"level":"INFO","mess', 'Orders: {"level":"INFO","mess'],
    ["with a message that is no text", { level: "INFO", message: [1] }, 'Orders: {"level":"INFO","message":[1]}'],
  ])("%s", (_, line, text) => {
    expect(shown(line)).toBe(text);
  });

  test("is shown as it was written with --raw-logs", () => {
    const line = '{"level":"INFO","message":"listed"}';
    expect(rawLogLine("Orders", line, PLAIN)).toBe(`Orders: ${line}`);
  });

  test("is red for an error", () => {
    const paint = pc.createColors(true);
    expect(functionLogLine("Orders", '{"level":"ERROR","message":"x"}', { paint })).toBe(paint.red("Orders: ERROR x"));
  });
});
