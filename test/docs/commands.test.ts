import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../lib/cli/commands/command-table.ts";

// What a person copies out of a page has to be there: each command, and each option of it.

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };

const entryOf = (name: string) => COMMANDS.find((one) => one.name === name);

async function commandOf(name: string): Promise<Command> {
  const command = new Command();
  (await entryOf(name)?.load())?.define(command);
  return command;
}

/** Calls of gatehouse with their options: up to a pipe, a call inside, or the words about it after two spaces. */
const callsIn = (text: string) =>
  [
    ...text.replace(/\\\n\s*/g, "").matchAll(/npx gatehouse ((?:wso2 )?[a-z][\w-]*)((?:(?! {2}|\$\()[^\n|;&`)])*)/g),
  ].map(([, name = "", rest = ""]) => ({ name, options: rest.match(/--[a-z][\w-]*/g) ?? [] }));

describe.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");

  test("names commands and options of gatehouse that there are", async () => {
    for (const { name, options } of callsIn(text)) {
      expect(COMMANDS.map((one) => one.name)).toContain(name);
      const known = (await commandOf(name)).options.flatMap(({ long }) => long ?? []);
      for (const option of options) expect([...known, "--help"], `gatehouse ${name} ${option}`).toContain(option);
    }
  });

  test("names npm scripts that there are", () => {
    for (const [, script = ""] of text.matchAll(/npm run (?:--silent |-s )?([\w:]+)/g))
      expect(Object.keys(scripts), script).toContain(script);
  });

  test("links to pages and files that there are", () => {
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g))
      if (!/^https?:/.test(target)) expect(existsSync(join(ROOT, page, "..", target)), target).toBe(true);
  });
});
