import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf } from "../assembly/handwritten.ts";
import { Terminal } from "./run-cli.ts";

const terminal = new Terminal();
const run = (cwd: string, ...argv: readonly string[]) => terminal.run(["init", ...argv], { cwd });

test("init says what it made, what comes next, and where the issuer belongs", async () => {
  const cwd = folderOf({});
  const { exitCode, out } = await run(cwd, "--issuer", "https://is.example.com/t/a/oauth2/token", "--audience", "a,b");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^new {6}package\.json/);
  expect(out).toContain("Next\n  npm install\n  npx gatehouse local\n");
  expect(existsSync(join(cwd, "lib", "protected-api-stack.ts"))).toBe(true);
  const again = await run(cwd);
  expect(again.out).toContain("Nothing to do: all of it is here.");
});

test("--dry-run prints a diff and writes nothing", async () => {
  const cwd = folderOf({ "cdk.json": '{\n  "app": "npx tsx bin/a.ts"\n}\n', "bin/a.ts": "main();\n" });
  const { out } = await run(cwd, "--dry-run");
  expect(out).toContain(
    '--- a/cdk.json\n+++ b/cdk.json\n@@ -1,3 +1,13 @@\n {\n-  "app": "npx tsx bin/a.ts"\n+  "app": "npx tsx bin/a.ts",\n',
  );
  expect(out).toContain("--- /dev/null\n+++ b/lib/protected-api-stack.ts");
  expect(out).toContain("Left to you\n  add the stack where your app makes its stacks");
  expect(out).toContain("Nothing was written: --dry-run.");
  expect(readdirSync(cwd)).toEqual(["bin", "cdk.json"]);
});

test("--json is one document, with the texts where nothing is written", async () => {
  const { out } = await run(folderOf({}), "--dry-run", "--json");
  expect(JSON.parse(out)).toMatchObject({
    kind: "new app",
    dryRun: true,
    changes: expect.arrayContaining([
      expect.objectContaining({ path: "bin/app.ts", change: "new", text: expect.any(String) }),
    ]),
    next: ["npm install", "npx gatehouse local"],
  });
});

test.each([
  ["a folder that is neither", { "index.php": "" }, [], 1, "mistake init-no-app"],
  [
    "an app with environments",
    { "cdk.json": { app: "x", context: { environments: { dev: { issuer: "i" } } } } },
    [],
    1,
    "mistake init-done",
  ],
  ["an issuer over http", {}, ["--issuer", "http://is.example.com"], 2, "an issuer is an https URL"],
])("of %s it says what is wrong, and writes nothing", async (_, files, argv, code, text) => {
  const cwd = folderOf(files);
  const before = readdirSync(cwd);
  const { exitCode, err } = await run(cwd, ...argv);
  expect(exitCode).toBe(code);
  expect(err).toContain(text);
  expect(readdirSync(cwd)).toEqual(before);
});
