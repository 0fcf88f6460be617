import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

// The picture of the rooms in docs/architecture.md, as a table: what a room may import, types included. Every folder below
// lib has a line of its own. `node:*` stands for all of Node's own modules.
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "lib/json": [],
  "lib/aws": ["lib/json", "zod", "node:*"],
  "lib/rules": ["lib/json", "lib/aws", "node:buffer", "node:crypto"],
  "lib/findings": ["lib/aws", "lib/rules", "node:*"],
  "lib/http": ["lib/aws", "lib/rules", "node:*"],
  "lib/keys": ["lib/json", "lib/aws", "lib/rules", "lib/http", "node:*"],
  "lib/config": ["lib/json", "lib/aws", "lib/findings", "zod", "node:*"],
  "lib/tokens": ["lib/rules", "lib/smoke", "jose", "@peculiar/x509", "reflect-metadata", "node:*"],
  "lib/assembly": ["lib/json", "lib/aws", "lib/findings", "fflate", "node:*"],
  "lib/functions": ["lib/assembly", "node:*"],
  "lib/issuer": ["lib/findings", "lib/http", "lib/tokens", "lib/conformance", "jose", "node:*"],
  "lib/gateway": [
    "lib/gateway/authorizers",
    "lib/gateway/integrations",
    "lib/aws",
    "lib/findings",
    "lib/rules",
    "lib/assembly",
    "lib/functions",
    "node:*",
  ],
  "lib/gateway/authorizers": ["lib/gateway", "lib/json", "lib/aws", "lib/rules", "lib/assembly", "lib/functions"],
  "lib/gateway/integrations": ["lib/gateway", "lib/json", "lib/aws", "lib/assembly", "lib/functions", "node:*"],
  "lib/stack": ["lib/aws", "lib/findings", "lib/config", "lib/rules", "aws-cdk-lib", "constructs", "esbuild", "node:*"],
  "lib/wso2": ["lib/json", "lib/findings", "lib/rules", "lib/http", "lib/keys", "node:*"],
  "lib/doctor": ["lib/json", "lib/aws", "lib/findings", "lib/rules", "lib/http", "lib/keys", "node:*"],
  "lib/smoke": ["lib/findings", "lib/rules", "lib/http", "lib/tokens", "lib/wso2", "node:*"],
  "lib/session": [
    "lib/aws",
    "lib/findings",
    "lib/config",
    "lib/rules",
    "lib/http",
    "lib/keys",
    "lib/tokens",
    "lib/assembly",
    "lib/functions",
    "lib/issuer",
    "lib/gateway",
    "node:*",
  ],
  "lib/session/reload": ["lib/findings", "lib/assembly", "lib/session", "chokidar", "esbuild", "node:*"],
  "lib/conformance": [
    "lib/json",
    "lib/aws",
    "lib/findings",
    "lib/rules",
    "lib/http",
    "lib/keys",
    "lib/tokens",
    "lib/assembly",
    "lib/functions",
    "lib/issuer",
    "lib/gateway",
    "zod",
    "node:*",
  ],
  "lib/cli": [
    "lib/aws",
    "lib/findings",
    "lib/config",
    "lib/rules",
    "lib/http",
    "lib/keys",
    "lib/issuer",
    "lib/wso2",
    "lib/session",
    "commander",
    "picocolors",
    "node:*",
  ],
  "lib/cli/commands": [
    "lib/aws",
    "lib/cli",
    "lib/cli/reports",
    "lib/findings",
    "lib/config",
    "lib/rules",
    "lib/http",
    "lib/keys",
    "lib/tokens",
    "lib/assembly",
    "lib/functions",
    "lib/issuer",
    "lib/gateway",
    "lib/wso2",
    "lib/doctor",
    "lib/smoke",
    "lib/session",
    "lib/session/reload",
    "lib/conformance",
    "commander",
    "node:*",
  ],
  "lib/cli/reports": [
    "lib/aws",
    "lib/cli",
    "lib/findings",
    "lib/rules",
    "lib/http",
    "lib/assembly",
    "lib/gateway",
    "lib/wso2",
    "lib/doctor",
    "lib/smoke",
    "lib/session",
    "lib/session/reload",
    "lib/conformance",
    "node:*",
  ],
  lambda: ["lib/aws", "lib/rules", "lib/http", "lib/keys", "@aws-lambda-powertools", "aws4fetch", "node:*"],
  "bin/app.ts": ["lib/findings", "lib/stack", "node:*"],
  "bin/synth.ts": ["lib/findings", "lib/cli", "lib/stack", "commander", "node:*"],
  "bin/build-constructs.ts": ["esbuild", "node:*"],
  "bin/program.mjs": ["esbuild", "node:*"],
  "bin/gatehouse.mjs": ["bin/program.mjs", "node:*"],
  "bin/gatehouse.ts": ["lib/cli", "lib/cli/commands", "node:*"],
  tools: ["lib/rules", "lib/aws", "lib/config", "lib/conformance", "lib/findings", "zod", "node:*"],
};

const root = join(import.meta.dirname, "..");

interface Import {
  readonly file: string;
  readonly specifier: string;
}

test("every import goes in the direction that the picture shows", () => {
  const offences = ["lib", "lambda", "bin", "tools"].flatMap(filesIn).flatMap(importsOf).filter(isOffence);
  expect(offences.map(({ file, specifier }) => `${file} may not import ${specifier}`)).toEqual([]);
});

test("each folder below lib has a line of its own, except folders that hold data only", () => {
  const folders = new Set(filesIn("lib").map((file) => dirname(file)));
  expect([...folders].filter((folder) => ROOMS[folder] === undefined)).toEqual([]);
});

test("the table would notice: a rule that imports the gateway, the file system or the CDK is an offence", () => {
  for (const specifier of ["../gateway/gateway.ts", "node:fs", "aws-cdk-lib"])
    expect(isOffence({ file: "lib/rules/issuer.ts", specifier })).toBe(true);
  expect(isOffence({ file: "lib/session/synthesis.ts", specifier: "../stack/stack.ts" })).toBe(true);
  expect(isOffence({ file: "lib/keys/discovery.ts", specifier: "../rules/decision.ts" })).toBe(false);
});

function isOffence({ file, specifier }: Import): boolean {
  const own = roomOf(file);
  if (own === undefined) return true;
  const target = specifier.startsWith(".") ? roomOf(join(dirname(file), specifier)) : specifier;
  return target !== own && !ROOMS[own]?.some((allowed) => matches(allowed, target ?? ""));
}

const matches = (allowed: string, target: string) =>
  allowed === target ||
  (allowed === "node:*" && target.startsWith("node:")) ||
  (!allowed.startsWith("lib/") && target.startsWith(`${allowed}/`));

const roomOf = (file: string) =>
  Object.keys(ROOMS)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .toSorted((one, other) => other.length - one.length)[0];

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const IMPORT = /\b(?:from|import|require)\s*\(?\s*"([^"]+)"/g;

const importsOf = (file: string): Import[] =>
  [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)].map(([, specifier = ""]) => ({ file, specifier }));
