import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "../../lib/cli/commands/command-table.ts";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { Terminal } from "../cli/run-cli.ts";

// docs/json.md names the members of each document: programs of others read them.

const PAGE = readFileSync(join(import.meta.dirname, "..", "..", "docs", "json.md"), "utf8");
const ISSUER = "https://is.example.com/oauth2/token";
const terminal = new Terminal();
const assembly = folderOf({
  "manifest.json": MANIFEST,
  "Orders.template.json": templateOf({ issuer: ISSUER, audience: ["orders-app"] }),
});
let local: ReturnType<Terminal["start"]>;
let ready: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  local = terminal.start(["local", "--assembly", assembly, "--port", "0", "--json", "--no-watch"]);
  const [line = ""] = await local.saidUntil(/^\{.*\}$/m);
  ready = JSON.parse(line) as Record<string, unknown>;
});

afterAll(() => local.stop());

/** The first column of a command's tables, in the order of the page, one list a table. */
function tablesOf(command: string): readonly (readonly string[])[] {
  const section = PAGE.split(/^## /m).find((one) => one.startsWith(`\`${command}\``)) ?? "";
  return section
    .split("| member |")
    .slice(1)
    .map((table) => table.split("\n\n", 1)[0] ?? "")
    .map((table) => [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = ""]) => name));
}

async function membersOf(argv: readonly string[], stdin = ""): Promise<readonly string[]> {
  const { out, err } = await terminal.run([...argv, "--json"], { stdin });
  expect(out, err).toMatch(/^\{/);
  return Object.keys(JSON.parse(out) as object);
}

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted((one, other) => one.localeCompare(other));

test("every command with --json has its section", async () => {
  for (const entry of COMMANDS) {
    const command = new Command();
    (await entry.load()).define(command);
    const takesJson = command.options.some(({ long }) => long === "--json");
    expect(
      PAGE.match(/^## .*/gm)?.some((title) => title.includes(`\`${entry.name}\``)),
      entry.name,
    ).toBe(takesJson);
  }
});

test("the line of local when it is ready", () => {
  expect(sorted(Object.keys(ready))).toEqual(sorted(tablesOf("local")[0] ?? []));
});

test("explain: of a good token and of a refused one, and of an answer", async () => {
  const [ofToken = [], ofAnswer = []] = tablesOf("explain");
  const explain = ["explain", "-", "--assembly", assembly];
  const { out: good } = await terminal.run(["token"]);
  const { out: expired } = await terminal.run(["token", "--flaw", "expired"]);
  const seen = [...(await membersOf(explain, good)), ...(await membersOf(explain, expired))];
  expect(sorted(seen)).toEqual(sorted(ofToken));
  expect(sorted(await membersOf(explain, '{"message":"Unauthorized"}'))).toEqual(sorted(ofAnswer));
});

test.each([
  ["check", ["check", "--assembly", assembly]],
  ["doctor", ["doctor", "--issuer", "https://127.0.0.1:1", "--audience", "orders-app"]],
  ["conformance", ["conformance", "--theme", "scope"]],
])("%s", async (command, argv) => {
  expect(sorted(await membersOf(argv))).toEqual(sorted(tablesOf(command)[0] ?? []));
});

test("smoke", async () => {
  const argv = ["smoke", "--url", String(ready.apiUrl), "--wait", "0", "--assembly", assembly];
  expect(sorted(await membersOf(argv))).toEqual(sorted(tablesOf("smoke")[0] ?? []));
});

test("init", async () => {
  const { out } = await terminal.run(["init", "--dry-run", "--json"], { cwd: folderOf({}) });
  expect(sorted(Object.keys(JSON.parse(out) as object))).toEqual(sorted(tablesOf("init")[0] ?? []));
});
