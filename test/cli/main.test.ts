import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../lib/cli/commands/command-table.ts";
import { CHECKOUT } from "../project-copy.ts";
import { Terminal } from "./run-cli.ts";

const terminal = new Terminal();

const readStdin = () => Promise.reject(new Error("the pipe broke"));

describe("with --json what stops a command is the one JSON document on stdout", () => {
  test("a mistake, with the exit code of the command", async () => {
    const { exitCode, out, err } = await terminal.run(["explain", "x", "--issuer", "https://is.example.com", "--json"]);
    expect([exitCode, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toEqual({
      mistake: {
        code: "audience-missing",
        what: "an authorizer has an issuer and an audience",
        got: "--issuer https://is.example.com without --audience",
        expected: expect.stringContaining("--audience") as string,
        fix: expect.stringContaining("npx gatehouse explain -") as string,
      },
    });
  });

  test("a wrong command line, with exit code 2", async () => {
    const { exitCode, out, err } = await terminal.run(["explain", "--json", "--at", "never"]);
    expect([exitCode, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({ mistake: { code: "usage", fix: "npx gatehouse explain --help" } });
  });

  test("a fault of its own", async () => {
    const { exitCode, out } = await terminal.run(["explain", "-", "--json"], { readStdin });
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ mistake: { code: "fault", got: "the pipe broke" } });
  });
});

test("--version prints the version of the package, and nothing else", async () => {
  const { version } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as { version: string };
  const { exitCode, out, err } = await terminal.run(["--version"]);
  expect([exitCode, out.trim(), err]).toEqual([0, version, ""]);
});

describe.each(COMMANDS.map(({ name }) => name))("the help of %s", (name) => {
  test.each([80, 120])("fits a terminal of %i columns, and prints no empty default", async (columns) => {
    const { exitCode, out } = await terminal.run([...name.split(" "), "--help"], { columns });
    expect(exitCode).toBe(0);
    expect(out).not.toMatch(/default: (\[\]|\{\}|none)/);
    const [, options = ""] = /\nOptions:\n([^]*?)(?:\n\n|$)/.exec(out) ?? [];
    for (const line of options.split("\n").filter((one) => !/[\w.:/<>-]{30,}/.test(one)))
      expect(line.length, line).toBeLessThanOrEqual(columns);
  });
});

test("on a narrow terminal a mistake is broken at spaces", async () => {
  const { err } = await terminal.run(["token", "--flaw", "none"], { columns: 60 });
  expect(err).toMatch(/^mistake flaw-unknown\n {2}what {6}/);
  for (const line of err.split("\n")) expect(line.length, line).toBeLessThanOrEqual(60);
});
