import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { sampleOf } from "./sample.ts";

it.each(MUTANTS)("$file: the guard is there once, to be broken: $guard", ({ file, from, to }) => {
  const source = readFileSync(join(import.meta.dirname, "..", "..", file), "utf8");
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

test("a sample is the same for the same seed, another for another, and holds no guard twice", () => {
  const sample = sampleOf(MUTANTS, 12, 7);
  expect(sampleOf(MUTANTS, 12, 7)).toEqual(sample);
  expect(sampleOf(MUTANTS, 12, 8)).not.toEqual(sample);
  expect(new Set(sample).size).toBe(12);
  expect(sampleOf(MUTANTS, 1_000, 7)).toEqual(MUTANTS);
});
