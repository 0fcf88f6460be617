import { expect, test } from "vitest";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { Terminal } from "./run-cli.ts";

// `gatehouse check`: what AWS would refuse, before it is asked.

const terminal = new Terminal();
const ISSUER = "https://is.example.com/oauth2/token";

const assemblyOf = (template: unknown) => folderOf({ "manifest.json": MANIFEST, "Orders.template.json": template });
const good = () => assemblyOf(templateOf({ issuer: ISSUER }));
const without = (id: string) => {
  const { [id]: _, ...Resources } = templateOf({ issuer: ISSUER, audience: [] }).Resources as Record<string, unknown>;
  return assemblyOf({ Resources });
};

test("a template with nothing wrong: exit code 0", async () => {
  const { exitCode, out } = await terminal.run(["check", "--assembly", good()]);
  expect(exitCode).toBe(0);
  expect(out).toContain("API       orders, of the stack Orders, 3 routes");
  expect(out).toContain("AWS refuses nothing of this that is known.");
});

test("each finding with its code, the fact behind it and what to do: exit code 1", async () => {
  const { exitCode, out } = await terminal.run(["check", "--assembly", without("MayCall")]);
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^FAIL {2}permission-missing {6}GET \/open: API Gateway may not call the function/m);
  expect(out).toMatch(/FAIL {2}audience-missing {8}Orders\/Authorizer: /);
  expect(out.replaceAll(/\s+/g, " ")).toContain("[3.10 UNK]");
  expect(out).toContain("AWS refuses 4 of this, or it would not work.");
});

test("--json: the same findings, each with its eight members and where it is", async () => {
  const { exitCode, out } = await terminal.run(["check", "--assembly", without("MayCall"), "--json"]);
  expect(exitCode).toBe(1);
  const { environment, apis, findings } = JSON.parse(out) as Record<string, readonly Record<string, unknown>[]>;
  expect(environment).toBeNull();
  expect(apis).toEqual([{ stack: "Orders", name: "orders" }]);
  expect(findings).toContainEqual({
    name: "Orders/Authorizer",
    code: "audience-missing",
    level: "fail",
    what: expect.any(String) as string,
    got: "no audience",
    expected: "at least one audience",
    fix: expect.any(String) as string,
    fact: "3.10",
    confidence: "UNK",
  });
});

test("a parameter that no template has is a mistake", async () => {
  const { exitCode, err } = await terminal.run(["check", "--assembly", good(), "--parameters", "Size=large"]);
  expect(exitCode).toBe(1);
  expect(err).toContain("mistake parameter-unknown");
});

test("every environment of this project passes", async () => {
  for (const env of ["dev", "staging", "prod"]) {
    const { exitCode, out } = await terminal.run(["check", "--env", env]);
    expect([exitCode, out]).toEqual([0, expect.stringContaining("AWS refuses nothing of this that is known.")]);
  }
}, 60_000);

test("local says the same at its start, for people and in its line of JSON", async () => {
  const json = terminal.start(["local", "--assembly", without("MayCall"), "--port", "0", "--no-watch", "--json"]);
  const [line] = await json.saidUntil(/^\{.*\}$/m);
  const { err } = await json.stop();
  expect((JSON.parse(line) as { findings: readonly { code: string }[] }).findings.map(({ code }) => code)).toEqual([
    "permission-missing",
    "permission-missing",
    "permission-missing",
    "audience-missing",
  ]);
  expect(err).toContain("AWS refuses  Orders/Authorizer: a JWT authorizer has no audience");

  const people = terminal.start(["local", "--assembly", without("MayCall"), "--port", "0", "--no-watch"]);
  await people.saidUntil(/Ctrl-C/);
  const { out } = await people.stop();
  expect(out).toContain("GET /open                answers 500: API Gateway may not call its function");
  expect(out).toContain("AWS refuses  GET /open: API Gateway may not call the function");
});
