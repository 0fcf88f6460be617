import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { afterEach, describe, expect, test } from "vitest";
import type { LocalFunction } from "../../lib/assembly/model.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { FunctionPool } from "../../lib/functions/function-pool.ts";
import { NodeFunction } from "../../lib/stack/node-function.ts";
import { attach, type InspectorClient } from "./inspector-client.ts";

// A function in TypeScript, bundled and minified as this project deploys it, with its source map beside the asset.

const SOURCE = `export const handler = async (event: { readonly word: string }) => {
  const answer: string = event.word.toUpperCase();
  if (event.word === "fail") shout(answer);
  return answer;
};

function shout(text: string): never {
  throw new Error(\`no \${text}\`);
}
`;
const BREAKPOINT_LINE = 4;
/** Of the function and of the integration, where there is a debugger. */
const LIMIT_MS = 50;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

interface MadeResource {
  readonly Type: string;
  readonly Properties: {
    readonly Code: { readonly S3Key: string };
    readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
  };
}

/** The asset that a stack makes of the function. */
function assetOf(sourceMaps: boolean) {
  const project = realpathSync(mkdtempSync(join(tmpdir(), "gatehouse-debug-")));
  mkdirSync(join(project, "lambda"));
  writeFileSync(join(project, "lambda", "shout.ts"), SOURCE);
  const app = new App({ outdir: join(project, "cdk.out"), builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Debug");
  new NodeFunction(stack, "Shout", {
    entry: "lambda/shout.ts",
    description: "",
    caller: "api",
    projectDirectory: project,
    sourceMaps,
  });
  const { stacks, directory } = app.synth();
  const { Resources } = stacks[0]?.template ?? {};
  const resources = Object.values((Resources ?? {}) as Readonly<Record<string, MadeResource>>);
  const made = resources.find(({ Type }) => Type === "AWS::Lambda::Function");
  if (made === undefined) throw new Error("the stack has no function");
  const { Code, Environment } = made.Properties;
  return {
    source: join(project, "lambda", "shout.ts"),
    directory: join(directory, `asset.${Code.S3Key.replace(".zip", "")}`),
    variables: Environment?.Variables ?? {},
  };
}

function poolOf(directory: string, environment: Readonly<Record<string, string>> = {}, inspectPort?: number) {
  const timeoutMs = inspectPort === undefined ? 10_000 : LIMIT_MS;
  const logged: string[] = [];
  const model: LocalFunction = {
    name: "shout",
    logicalId: "Shout",
    arn: "arn:aws:lambda:eu-central-1:123456789012:function:shout",
    region: "eu-central-1",
    code: { directory },
    handler: "index.handler",
    runtime: "nodejs24.x",
    environment,
    timeoutMs,
    memoryMb: 128,
    reservedConcurrency: undefined,
    logGroup: "/aws/lambda/shout",
  };
  const host = functionHostOf({
    nowMs: Date.now,
    onLog: (_, line) => void logged.push(line),
    ...(inspectPort === undefined ? {} : { inspectPortOf: () => inspectPort }),
  });
  const pool = new FunctionPool(model, host);
  closing.push(() => pool.close());
  const ask = (word: string) => pool.invoke({ event: JSON.stringify({ word }), requestId: word, timeoutMs });
  return { pool, ask, logged };
}

describe("a trace", () => {
  test("names the lines of the TypeScript, and nothing of what runs the function", async () => {
    const { source, directory } = assetOf(false);
    const failed = await poolOf(directory).ask("fail");
    expect(failed).toMatchObject({ kind: "error", message: "no FAIL" });
    expect(failed.logLines).toEqual([
      "Error: no FAIL",
      expect.stringContaining(`${source}:8:9`),
      expect.stringContaining(`${source}:3:`),
    ]);
  });

  test("does so where the map is deployed with the code, which its variables then ask Node for", async () => {
    const { directory, variables } = assetOf(true);
    expect(variables).toEqual({ NODE_OPTIONS: "--enable-source-maps" });
    const map = JSON.parse(readFileSync(join(directory, "index.js.map"), "utf8")) as object;
    expect(map).toMatchObject({ sources: ["lambda/shout.ts"] });
    expect(map).not.toHaveProperty("sourcesContent");
    const failed = await poolOf(directory, variables).ask("fail");
    expect(failed.logLines.join("\n")).toContain("lambda/shout.ts:8:9");
  });

  test("costs the deployed code nothing by default: the map is beside the asset", () => {
    const { directory, variables } = assetOf(false);
    expect(variables).toEqual({});
    expect(readFileSync(join(directory, "index.js"), "utf8")).not.toContain("sourceMappingURL");
    expect(() => readFileSync(join(directory, "index.js.map"))).toThrow();
  });
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** The bundle as a debugger finds it: its script and the map that the script names. */
async function scriptOf(client: InspectorClient) {
  await client.call("Debugger.enable");
  const script = (await client.event("Debugger.scriptParsed", ({ sourceMapURL }) =>
    String(sourceMapURL).endsWith(".map"),
  )) as { scriptId: string; sourceMapURL: string; url: string };
  const map = new SourceMap(JSON.parse(readFileSync(new URL(script.sourceMapURL, script.url), "utf8")));
  const lineAt = (line: number, column: number) => {
    const { originalLine } = map.findEntry(line, column) as { originalLine?: number };
    return originalLine === undefined ? undefined : originalLine + 1;
  };
  return { ...script, lineAt };
}

describe("a debugger", () => {
  test("stops at a breakpoint in a line of the TypeScript; the function waits there longer than its timeout", async () => {
    const { directory } = assetOf(false);
    const port = await freePort();
    const { pool, ask } = poolOf(directory, {}, port);
    pool.warm();
    const client = await attach(port);
    closing.push(() => client.close());
    const { scriptId, lineAt } = await scriptOf(client);
    const code = readFileSync(join(directory, "index.js"), "utf8").split("\n");
    const places = code.flatMap((text, line) =>
      Array.from({ length: text.length }, (_, column) => column).flatMap((column) =>
        lineAt(line, column) === BREAKPOINT_LINE ? [{ line, column }] : [],
      ),
    );
    const [{ line, column } = { line: 0, column: 0 }] = places;
    await client.call("Debugger.setBreakpoint", { location: { scriptId, lineNumber: line, columnNumber: column } });
    const answer = ask("hello");
    const paused = (await client.event("Debugger.paused")) as unknown as {
      callFrames: readonly { callFrameId: string; location: { lineNumber: number; columnNumber: number } }[];
    };
    const at = paused.callFrames[0]?.location;
    expect(lineAt(at?.lineNumber ?? 0, at?.columnNumber ?? 0)).toBe(BREAKPOINT_LINE);
    // In the breakpoint its own clock goes past its timeout and the integration's.
    const past = `for (const since = Date.now(); Date.now() - since < ${2 * LIMIT_MS}; );`;
    await client.call("Debugger.evaluateOnCallFrame", {
      callFrameId: paused.callFrames[0]?.callFrameId,
      expression: past,
    });
    await client.call("Debugger.resume");
    expect(await answer).toMatchObject({ kind: "result", text: '"HELLO"' });
  });

  test("of a function whose port is taken is missing, which the log says; the function answers", async () => {
    const { directory } = assetOf(false);
    const port = await freePort();
    const taken = createServer().listen(port, "127.0.0.1");
    closing.push(() => taken.close());
    const { ask, logged } = poolOf(directory, {}, port);
    expect(await ask("hello")).toMatchObject({ kind: "result" });
    expect(logged).toContain(`no debugger: something else has the port ${port}`);
  });
});
