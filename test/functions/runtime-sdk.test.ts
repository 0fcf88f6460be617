import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ExecutionEnvironment } from "../../lib/functions/execution-environment.ts";
import { awsEndpointVariables, awsProfileOf } from "../../lib/functions/function-environment.ts";
import { type FunctionHost, functionHostOf } from "../../lib/functions/function-host.ts";
import { functionOf, type TestFunction } from "../gateway/served.ts";

// What Lambda's Node.js runtimes bring, and where it sends its requests.

const toClose: ExecutionEnvironment[] = [];
afterEach(() => {
  for (const one of toClose.splice(0)) one.close();
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-sdk-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const SDK = "node_modules/@aws-sdk/client-dynamodb";
const sdkOf = (from: string) => ({
  [`${SDK}/package.json`]: '{"name":"@aws-sdk/client-dynamodb","main":"index.js"}',
  [`${SDK}/index.js`]: `exports.from = "${from}";`,
});
const ASKS = 'const { from } = require("@aws-sdk/client-dynamodb"); exports.handler = async () => from;';
const ASKS_AS_MODULE = 'import { from } from "@aws-sdk/client-dynamodb"; export const handler = async () => from;';

async function run(one: TestFunction, host: Partial<FunctionHost>) {
  const lines: string[] = [];
  const around = functionHostOf({ nowMs: Date.now, onLog: (_, line) => void lines.push(line), ...host });
  const made = new ExecutionEnvironment(functionOf("tried", one), around);
  toClose.push(made);
  const outcome = await made.invoke({ event: "{}", requestId: "1", timeoutMs: 10_000 });
  return { lines, outcome };
}

const inFolder = (files: Readonly<Record<string, string>>): TestFunction => ({ code: { directory: folderOf(files) } });

describe("the AWS SDK, which a function need not carry", () => {
  test.each([
    ["inline code", { source: ASKS }],
    ["a CommonJS file", inFolder({ "index.js": ASKS })],
    ["an ES module", inFolder({ "index.mjs": ASKS_AS_MODULE })],
  ])("%s finds that of the app", async (_, one) => {
    const sdkFolders = [folderOf({}), folderOf(sdkOf("app"))];
    expect((await run(one, { sdkFolders })).outcome).toMatchObject({ kind: "result", text: '"app"' });
  });

  test("a function's own is taken first", async () => {
    const one = inFolder({ "index.js": ASKS, ...sdkOf("function") });
    const sdkFolders = [folderOf(sdkOf("app"))];
    expect((await run(one, { sdkFolders })).outcome).toMatchObject({ kind: "result", text: '"function"' });
  });

  test.each([
    ["CommonJS", inFolder({ "index.js": ASKS })],
    ["ES module", inFolder({ "index.mjs": ASKS_AS_MODULE })],
  ])("where the app has none either, the log of a function in %s form says what to install", async (_, one) => {
    const { outcome, lines } = await run(one, { sdkFolders: [folderOf({})] });
    expect(outcome.kind).toBe("error");
    expect(lines.join("\n")).toContain("npm install --save-dev @aws-sdk/client-dynamodb");
  });

  test("another package of the app is not found: it would be missing on AWS too", async () => {
    const sdkFolders = [folderOf({ "node_modules/left-pad/index.js": "exports.from = 'app';" })];
    const one = { source: ASKS.replace("@aws-sdk/client-dynamodb", "left-pad") };
    const { outcome, lines } = await run(one, { sdkFolders });
    expect(outcome.kind).toBe("error");
    expect(lines.join("\n")).not.toContain("npm install");
  });
});

describe("other endpoints for the AWS SDK", () => {
  const source = `exports.handler = async () => Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^AWS_(ENDPOINT|ACCESS|SECRET|PROFILE)/.test(name)));`;
  const awsEndpoints = awsEndpointVariables({
    "": "http://127.0.0.1:4566",
    dynamodb: "http://127.0.0.1:8000",
    "secrets-manager": "http://127.0.0.1:4566",
  });
  const seen = async (host: Partial<FunctionHost>, one: TestFunction = {}) => {
    const { outcome } = await run({ source, ...one }, host);
    return outcome.kind === "result" ? (JSON.parse(outcome.text) as unknown) : outcome;
  };

  test("are variables that a function gets, above the template's, with credentials that only emulators take", async () => {
    expect(await seen({ awsEndpoints }, { environment: { AWS_ENDPOINT_URL_DYNAMODB: "http://other" } })).toEqual({
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:8000",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:4566",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    });
  });

  test("a profile keeps its own credentials", async () => {
    const host = { awsEndpoints, awsProfile: awsProfileOf("sandbox", {}) };
    expect(await seen(host)).toEqual({ ...awsEndpoints, AWS_PROFILE: "sandbox" });
  });

  test("without the option a function gets none", async () => {
    expect(await seen({})).toEqual({});
  });
});
