import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";

it.each(MUTANTS)("$file: the guard is there once, to be broken: $guard", ({ file, from, to }) => {
  const source = readFileSync(join(import.meta.dirname, "..", "..", file), "utf8");
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});
