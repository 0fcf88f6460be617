import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { importsOf, isOffence, linesOf, roomOf, sourceFiles } from "../tools/architecture/imports.ts";
import { arrows, drawn, picture } from "../tools/architecture/picture.ts";
import { MAY_IMPORT } from "../tools/architecture/rooms.ts";

// The table of the rooms is tools/architecture/rooms.ts.

const ROOT = join(import.meta.dirname, "..");
const LARGEST_ROOM_LINES = 2_500;
/** Parts of the table that the picture leaves out: they build or write, and no room imports them. */
const NOT_DRAWN = ["bin/program.mjs", "bin/gatehouse.mjs", "probe", "tools"];

test("every import goes in the direction that the picture shows", () => {
  const offences = sourceFiles().flatMap(importsOf).filter(isOffence);
  expect(offences.map(({ file, specifier }) => `${file} may not import ${specifier}`)).toEqual([]);
});

test("every source file is in a room, and each folder below lib has a line of its own", () => {
  expect(sourceFiles().filter((file) => roomOf(file) === undefined)).toEqual([]);
  const folders = new Set(sourceFiles().flatMap((file) => (file.startsWith("lib/") ? dirname(file) : [])));
  expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
});

test("the table names rooms that there are, one by one: no wildcard stands for rooms of ours", () => {
  for (const room of Object.keys(MAY_IMPORT)) expect(existsSync(join(ROOT, room)), room).toBe(true);
  const allowed = Object.values(MAY_IMPORT).flat();
  for (const one of allowed.filter((name) => name.startsWith("lib"))) expect(Object.keys(MAY_IMPORT)).toContain(one);
  expect([...new Set(allowed.filter((name) => name.includes("*")))]).toEqual(["node:*"]);
});

test("the rooms make no circle", () => {
  const left = new Map(arrows());
  const isFree = (targets: ReadonlySet<string>) => [...targets].every((target) => !left.has(target));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [room, targets] of left) if (isFree(targets)) left.delete(room);
  }
  expect([...left.keys()]).toEqual([]);
});

test("no room has more than 2,500 lines", () => {
  const tooLarge = Object.keys(MAY_IMPORT).filter((room) => linesOf(room) > LARGEST_ROOM_LINES);
  expect(tooLarge).toEqual([]);
});

test("docs/architecture.svg is what npm run docs:architecture draws, with every room", () => {
  const left = Object.keys(MAY_IMPORT).filter((room) => drawn(room) === undefined);
  expect(left).toEqual(NOT_DRAWN);
  const written = readFileSync(join(ROOT, "docs", "architecture.svg"), "utf8");
  expect(written === picture(), "the picture is old: run npm run docs:architecture").toBe(true);
});

test("the table would notice: a rule that imports the gateway, the file system or the CDK is an offence", () => {
  for (const specifier of ["../gateway/gateway.ts", "node:fs", "aws-cdk-lib"])
    expect(isOffence({ file: "lib/rules/issuer.ts", specifier })).toBe(true);
  expect(isOffence({ file: "lib/session/synthesis.ts", specifier: "../stack/stack.ts" })).toBe(true);
  expect(isOffence({ file: "lib/keys/discovery.ts", specifier: "../rules/decision.ts" })).toBe(false);
});

const readsTheUsers = (file: string) =>
  /(?:CHECKOUT|ROOT|HOME), "cdk\.json"|json\("cdk\.json"|\.\.\/cdk\.json|readProject\w*\((?:CHECKOUT|ROOT)/.test(
    readFileSync(join(import.meta.dirname, file), "utf8"),
  );

test("only the test of the user's app reads the cdk.json of this checkout; the others have test/fixture/cdk.json", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  expect(files.filter(readsTheUsers).toSorted()).toEqual(["fixture/run-app.ts", "stack/cdk-json.test.ts"]);
});
