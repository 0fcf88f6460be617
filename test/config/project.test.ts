import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type GivenContext, readProjectEnvironment } from "../../lib/config/project.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import { Terminal } from "../cli/run-cli.ts";

const environmentOf = (issuer: string) => ({
  issuer: `https://${issuer}/oauth2/token`,
  audience: ["client"],
  routes: [{ method: "GET", path: "/me" }],
});

/** A project whose cdk.json holds `environments`, and a file of others beside it. */
function projectWith(environments: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-project-"));
  writeFileSync(join(folder, "cdk.json"), JSON.stringify({ app: "true", context: { environments } }));
  const others = { $schema: "./schema/environments.schema.json", dev: environmentOf("file.example.com") };
  writeFileSync(join(folder, "others.json"), JSON.stringify({ ...others, eu: environmentOf("eu.example.com") }));
  writeFileSync(join(folder, "broken.json"), "{");
  writeFileSync(join(folder, "list.json"), "[]");
  mkdirSync(join(folder, "inner"));
  return folder;
}

const project = projectWith({ dev: environmentOf("cdk.example.com") });
const issuerOf = (name: string | undefined, given?: GivenContext, folder = project) =>
  new URL(readProjectEnvironment(folder, name, given).issuer).hostname;

function codeOf(given: GivenContext, folder = project): string | undefined {
  try {
    readProjectEnvironment(folder, undefined, given);
  } catch (error) {
    if (error instanceof Mistake) return error.code;
  }
  return undefined;
}

describe("the environment that a command is about", () => {
  test("is of the project's cdk.json, found from any folder in it", () => {
    expect(issuerOf(undefined)).toBe("cdk.example.com");
    expect(issuerOf("dev", {}, join(project, "inner"))).toBe("cdk.example.com");
  });

  test("is of a file that the context names: from the project's folder on, or by its whole path", () => {
    expect(issuerOf("dev", { environments: "others.json" })).toBe("file.example.com");
    expect(issuerOf("eu", { environments: "others.json" }, join(project, "inner"))).toBe("eu.example.com");
    expect(issuerOf("eu", { environments: join(project, "others.json") }, tmpdir())).toBe("eu.example.com");
  });

  test("is never the file's $schema", () => {
    expect(() => issuerOf("none", { environments: "others.json" })).toThrow(/expected +one of dev, eu, which/);
  });

  test("is of a file that cdk.json names itself", () => {
    expect(issuerOf("eu", {}, projectWith("others.json"))).toBe("eu.example.com");
  });

  test("is named by --env, else by the context, else dev", () => {
    expect(issuerOf(undefined, { environments: "others.json", env: "eu" })).toBe("eu.example.com");
    expect(issuerOf("dev", { environments: "others.json", env: "eu" })).toBe("file.example.com");
  });

  test("has single fields replaced by the context", () => {
    const given = { audience: "one,two", cors: '{"allowOrigins":["https://a.example.com"]}' };
    expect(readProjectEnvironment(project, "dev", given)).toMatchObject({
      audience: ["one", "two"],
      cors: { allowOrigins: ["https://a.example.com"] },
    });
  });

  test("is asked for with a mistake where its file is missing or broken, or there is no project", () => {
    expect(codeOf({ environments: "none.json" })).toBe("environments-missing");
    expect(codeOf({ environments: "inner" })).toBe("environments-missing");
    expect(codeOf({ environments: "list.json" })).toBe("environments-broken");
    expect(codeOf({ environments: "broken.json" })).toBe("environments-broken");
    expect(codeOf({}, tmpdir())).toBe("cdk-json-missing");
  });

  test("is corrected where it stands, and named as it was asked for", () => {
    const given = { environments: "others.json" };
    expect(() => issuerOf("dve", given)).toThrow(
      /got +dve\n +expected +one of dev, eu, .*others\.json\n +fix +--env dev$/,
    );
    expect(() => issuerOf(undefined, { ...given, env: "dve" })).toThrow(/\n +fix +-c env=dev$/);
    expect(() => issuerOf("dev", { ...given, issuer: "x" })).toThrow(/\n +fix +correct it in others\.json,/);
    expect(() => issuerOf("dev", { environments: "none.json" })).toThrow(/^there is no file .*none\.json\n/);
    expect(() => issuerOf("dev", { environments: "list.json" })).toThrow(/list\.json are no object\n +got +a list\n/);
    expect(() => issuerOf("dev", {}, projectWith([]))).toThrow(/^the environments in cdk\.json are no object\n/);
  });

  test("is what a command takes by the CDK's own letter", async () => {
    const { out, exitCode } = await new Terminal().run(
      ["explain", "--json", "--env", "eu", "-c", "environments=others.json", "-c", "audience=one,two"],
      { cwd: project },
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      asked: { issuer: "https://eu.example.com/oauth2/token", audience: ["one", "two"] },
    });
    const wrong = await new Terminal().run(["explain", "-c", "environments"], { cwd: project });
    expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining("context is NAME=VALUE")]);
  });
});

test("a fault of the JSON has a line and a column, and no piece of the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-json-"));
  writeFileSync(join(folder, "cdk.json"), '{\n  "app": "node app.js",\n  "context": { "secret" "value" }\n}');
  let found: unknown;
  try {
    readProjectEnvironment(folder, "dev");
  } catch (error) {
    found = error;
  }
  expect(found).toMatchObject({
    code: "cdk-json-broken",
    say: { got: "no JSON from line 3, column 25 on", fix: `correct ${join(folder, "cdk.json")}:3:25` },
  });
});
