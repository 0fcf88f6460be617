import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { initPlan } from "../../lib/init/init-plan.ts";
import type { InitPlan } from "../../lib/init/plan.ts";
import { projectFolder } from "../../lib/init/project-folder.ts";
import { writePlan } from "../../lib/init/write-plan.ts";
import { folderOf } from "../assembly/handwritten.ts";

const OPTIONS = {
  issuer: "https://is.example.com/oauth2/token",
  audience: ["shopWeb"],
  versions: { gatehouse: "9.8.7", esbuild: "1.0.0", "aws-cdk-lib": "2.0.0", tsx: "4.0.0" },
};

/** As `cdk init app --language typescript` writes them, in short. */
const ENTRY = `#!/usr/bin/env node
import * as cdk from 'aws-cdk-lib/core';
import { ShopStack } from '../lib/shop-stack';

const app = new cdk.App();
new ShopStack(app, 'ShopStack', {
  // env: { account: '123456789012', region: 'us-east-1' },
});
`;
const APP = {
  "package.json": '{\n    "name": "shop",\n    "devDependencies": {\n        "tsx": "^4.23.0"\n    }\n}\n',
  "cdk.json": { app: "npx tsc && npx tsx bin/shop.ts", context: { flag: true } },
  "bin/shop.ts": ENTRY,
  ".gitignore": "*.js\nnode_modules\n\n# CDK asset staging directory\n/cdk.out/\n",
};

const planFor = (directory: string) => initPlan(projectFolder(directory), OPTIONS);
const afterOf = ({ changes }: InitPlan, path: string) => changes.find((one) => one.path === path)?.after;
/** Whether all lines of one text stand in another, in their order. */
function hasLines(text: string, before: string): boolean {
  const lines = text.split("\n");
  let at = 0;
  return before.split("\n").every((line) => {
    // A comma may follow where a list has got longer.
    const found = lines.findIndex((one, index) => index >= at && (one === line || one === `${line},`));
    at = found + 1;
    return found !== -1;
  });
}

describe("in an app that is there", () => {
  test("the stack, its function and the environment are added, and nothing of the app is taken away", () => {
    const plan = planFor(folderOf(APP));
    expect(plan.changes.map(({ path, before }) => [path, before === undefined ? "new" : "changed"])).toEqual([
      ["package.json", "changed"],
      ["cdk.json", "changed"],
      ["bin/shop.ts", "changed"],
      ["lib/protected-api-stack.ts", "new"],
      ["lambda/protected-api.ts", "new"],
      [".gitignore", "changed"],
      [".vscode/launch.json", "new"],
    ]);
    for (const { before = "", after } of plan.changes) expect(hasLines(after, before.trimEnd()), after).toBe(true);
    expect(afterOf(plan, "package.json")).toContain('        "gatehouse": "^9.8.7"');
    expect(JSON.parse(afterOf(plan, "cdk.json") ?? "")).toEqual({
      app: APP["cdk.json"].app,
      context: { flag: true, gatehouse: { dev: { issuer: OPTIONS.issuer, audience: OPTIONS.audience } } },
    });
    expect(afterOf(plan, "bin/shop.ts")).toContain("import { ProtectedApiStack } from '../lib/protected-api-stack';");
    expect(afterOf(plan, ".gitignore")).toBe(`${APP[".gitignore"]}.gatehouse/\n`);
    expect(plan.next).toEqual(["npm install", "npx gatehouse local"]);
  });

  test("it ends where it began when it is run again", () => {
    const directory = folderOf(APP);
    writePlan(directory, planFor(directory));
    const again = planFor(directory);
    expect(again.changes).toEqual([]);
    expect(again.kept).toHaveLength(7);
    expect(again.next).toEqual(["npx gatehouse local"]);
  });

  test("files of a person with these names stay as they are", () => {
    const own = {
      ...APP,
      "lib/protected-api-stack.ts": "// mine\n",
      "cdk.json": { ...APP["cdk.json"], context: { gatehouse: 1 } },
    };
    const plan = planFor(folderOf(own));
    expect(plan.kept).toEqual(["cdk.json", "lib/protected-api-stack.ts"]);
  });

  test("a launch.json with comments gets another configuration, and keeps the rest", () => {
    const launch = '{\n\t// mine\n\t"configurations": [\n\t\t{ "name": "x" }\n\t]\n}\n';
    const text = afterOf(planFor(folderOf({ ...APP, ".vscode/launch.json": launch })), ".vscode/launch.json") ?? "";
    expect(text).toContain("\t// mine\n");
    expect(parse(text)).toEqual({
      configurations: [
        { name: "x" },
        expect.objectContaining({ name: "gatehouse local" }),
        expect.objectContaining({ name: "function (9229)" }),
      ],
      compounds: [expect.objectContaining({ name: "gatehouse local, with breakpoints" })],
    });
  });

  test("an app of ECMAScript modules imports with the ending, from where its entry file is", () => {
    const app = {
      ...APP,
      "package.json": { type: "module" },
      "cdk.json": { app: "npx tsx main.ts" },
      "main.ts": ENTRY,
    };
    expect(afterOf(planFor(folderOf(app)), "main.ts")).toContain("from './lib/protected-api-stack.js'");
  });

  test("where the entry file is not understood, the two lines are left to a person", () => {
    const plan = planFor(folderOf({ ...APP, "bin/shop.ts": "main();\n" }));
    expect(afterOf(plan, "bin/shop.ts")).toBeUndefined();
    expect(plan.left).toEqual([
      expect.stringContaining(
        'import { ProtectedApiStack } from "../lib/protected-api-stack"; new ProtectedApiStack(app, "ProtectedApi");',
      ),
    ]);
  });

  test("an entry file that is not there is left to a person, too, and not made", () => {
    const plan = planFor(folderOf({ "cdk.json": APP["cdk.json"] }));
    expect([...plan.changes.map(({ path }) => path), ...plan.kept]).not.toContain("bin/shop.ts");
    expect(plan.left).toHaveLength(1);
  });

  test.each([
    ["pnpm-lock.yaml", "pnpm install"],
    ["yarn.lock", "yarn install"],
  ])("the package manager is that of %s", (lock, command) => {
    expect(planFor(folderOf({ ...APP, [lock]: "" })).next[0]).toBe(command);
  });

  test.each([
    ["Python", { "cdk.json": { app: "python3 app.py" } }, "init-not-typescript"],
    ["no app", { "cdk.json": {} }, "init-not-typescript"],
    ["a broken package.json", { ...APP, "package.json": '{\n  "name": oops\n}' }, "init-unreadable"],
    ["a list as cdk.json", { "cdk.json": [] }, "init-unreadable"],
    ["a folder in a file's place", { ...APP, ".gitignore/x": "", ".gitignore": undefined }, "init-unreadable"],
  ])("of %s it makes a mistake in four parts", (_, files, code) => {
    const given = Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined));
    expect(() => planFor(folderOf(given))).toThrow(expect.objectContaining({ code }));
  });

  test("a broken file is named with its line and column", () => {
    const broken = folderOf({ ...APP, "package.json": '{\n  "name": oops\n}' });
    expect(() => planFor(broken)).toThrow(
      expect.objectContaining({ say: expect.objectContaining({ fix: "correct package.json:2:11" }) }),
    );
  });
});

describe("in an empty folder", () => {
  test("a whole app is made, with the CDK's recommended flags and the packages' versions", () => {
    const plan = planFor(folderOf({ ".git/config": "" }));
    expect(plan.kind).toBe("new app");
    expect(plan.changes.every(({ before }) => before === undefined)).toBe(true);
    const flags = JSON.parse(
      readFileSync(
        join(import.meta.dirname, "..", "..", "node_modules", "aws-cdk-lib", "recommended-feature-flags.json"),
        "utf8",
      ),
    ) as object;
    const { app, context } = JSON.parse(afterOf(plan, "cdk.json") ?? "") as { app: string; context: object };
    expect(app).toBe("node --import tsx bin/app.ts");
    expect(context).toEqual({ ...flags, gatehouse: expect.anything() });
    expect(JSON.parse(afterOf(plan, "package.json") ?? "")).toMatchObject({
      private: true,
      dependencies: { "aws-cdk-lib": "^2.0.0" },
      devDependencies: { gatehouse: "^9.8.7", tsx: "^4.0.0" },
    });
  });

  test("what npm wrote when gatehouse was installed there is kept", () => {
    const plan = planFor(
      folderOf({ "package.json": { devDependencies: { gatehouse: "file:x.tgz" } }, "package-lock.json": {} }),
    );
    expect(JSON.parse(afterOf(plan, "package.json") ?? "")).toMatchObject({
      devDependencies: { gatehouse: "file:x.tgz", tsx: "^4.0.0" },
    });
  });

  test("a folder with something else in it is not touched", () => {
    expect(() => projectFolder(folderOf({ "index.php": "" }))).toThrow(
      expect.objectContaining({ code: "init-no-app" }),
    );
  });
});

test("a file that came into being meanwhile is not overwritten", () => {
  const directory = folderOf(APP);
  const plan = planFor(directory);
  writePlan(directory, { ...plan, changes: plan.changes.filter(({ path }) => path === "lambda/protected-api.ts") });
  expect(() => writePlan(directory, plan)).toThrow(expect.objectContaining({ code: "init-unwritable" }));
});
