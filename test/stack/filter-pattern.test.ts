import { expect, test } from "vitest";
import { matchesPattern } from "./filter-pattern.ts";

// The matcher, against what CloudWatch Logs' user guide says of JSON patterns.

const event = JSON.stringify({
  kind: "PutEvent",
  address: "10.1.2.3",
  odd: "Put*Event",
  latency: 750,
  status: "401",
  isGood: true,
  nothing: null,
  users: [{ id: 2, mail: "one@example.com" }, { id: 3 }],
  grid: [
    [0, 1],
    [4, 5],
  ],
});

test.each([
  ['{ $.kind = "PutEvent" }', true],
  ["{ $.kind = PutEvent }", true],
  ['{ $.kind = "putevent" }', false],
  ['{ $.kind = "*Event" }', true],
  ['{ $.kind = "Put*" }', true],
  ['{ $.kind = "*utEv*" }', true],
  ['{ $.kind = "*" }', true],
  ['{ $.kind = "P*t" }', false],
  ['{ $.odd = "Put*Event" }', true],
  ["{ $.address != 10.1.* }", false],
  ["{ $.address != 10.2.* }", true],
  ['{ $.absent != "x" }', false],
  ['{ $.users = "x" }', false],
  ['{ $.users != "x" }', false],
  ["{ $.users[1].id = 3 }", true],
  ["{ $.grid[1][0] = 4 }", true],
  ["{ $.latency >= 7.5e2 }", true],
  ["{ $.latency < 750 }", false],
  ["{ $.isGood IS TRUE }", true],
  ["{ $.nothing IS NULL }", true],
  ["{ $.absent IS NULL }", false],
  ["{ $.absent NOT EXISTS }", true],
  ["{ $.nothing NOT EXISTS }", false],
])("%s: %s", (pattern, expected) => {
  expect(matchesPattern(pattern, event)).toBe(expected);
});

test("&& binds before ||, and parentheses before both", () => {
  const [yes, no] = ['$.kind = "PutEvent"', '$.kind = "other"'];
  expect(matchesPattern(`{ ${yes} || ${no} && ${no} }`, event)).toBe(true);
  expect(matchesPattern(`{ (${yes} || ${no}) && ${no} }`, event)).toBe(false);
  expect(matchesPattern(`{ ((${no}) || (${yes})) && (${yes}) }`, event)).toBe(true);
});

test("an event that is no JSON fits no JSON pattern", () => {
  expect(matchesPattern("{ $.kind NOT EXISTS }", "START RequestId: 1")).toBe(false);
});

test.each([
  ["ERROR", "no JSON pattern"],
  ["{ $.kind = two words }", "not understood"],
  ["{ kind = x }", "no field"],
  ["{ $.kind = a@b }", "has to be in quotes"],
  ['{ $.kind < "a" }', "no comparison of texts"],
  ["{ ($.kind = a }", "ends too early"],
  ["{ $.status = 401 }", "a text, compared with a number"],
])("%s is refused: %s", (pattern, why) => {
  expect(() => matchesPattern(pattern, event)).toThrow(why);
});
