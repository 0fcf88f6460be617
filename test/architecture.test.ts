import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

// The picture of the rooms in CONTRIBUTING.md, as a table: what a room may import, types included. The longest name
// that fits a file is its room. `node:*` stands for all of Node's own modules.
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "lib/mistake.ts": [],
  "lib/cdk-context.ts": [],
  "lib/config": ["lib/mistake.ts", "zod", "node:*"],
  "lib/stack": ["lib/mistake.ts", "lib/cdk-context.ts", "lib/config", "aws-cdk-lib", "constructs", "esbuild", "node:*"],
  "lib/rules": ["node:buffer", "node:crypto"],
  "lib/keys": ["lib/rules", "node:*"],
  "lib/local/assembly": ["lib/mistake.ts", "fflate", "node:*"],
  "lib/local/issuer": ["lib/mistake.ts", "lib/rules", "jose", "@peculiar/x509", "reflect-metadata", "node:*"],
  "lib/local/gateway": ["lib/mistake.ts", "lib/rules", "lib/keys", "lib/local/assembly", "node:*"],
  "lib/local": [
    "lib/mistake.ts",
    "lib/cdk-context.ts",
    "lib/rules",
    "lib/keys",
    "lib/local/assembly",
    "lib/local/issuer",
    "lib/local/gateway",
    "node:*",
  ],
  "lib/local/reload": ["lib/mistake.ts", "lib/local/assembly", "lib/local", "chokidar", "esbuild", "node:*"],
  "lib/conformance": [
    "lib/mistake.ts",
    "lib/rules",
    "lib/keys",
    "lib/local/assembly",
    "lib/local/issuer",
    "lib/local/gateway",
    "zod",
    "node:*",
  ],
  "lib/http": ["lib/rules", "lib/keys", "node:*"],
  "lib/wso2": ["lib/mistake.ts", "lib/rules", "lib/keys", "lib/http", "node:*"],
  "lib/smoke": ["lib/mistake.ts", "lib/rules", "lib/keys", "lib/http", "lib/wso2", "lib/local/issuer", "node:*"],
  "lib/doctor": ["lib/mistake.ts", "lib/config", "lib/rules", "lib/keys", "node:*"],
  "lib/cli": [
    "lib/mistake.ts",
    "lib/config",
    "lib/rules",
    "lib/keys",
    "lib/local",
    "lib/local/assembly",
    "lib/local/issuer",
    "lib/local/gateway",
    "lib/local/reload",
    "lib/http",
    "lib/wso2",
    "lib/smoke",
    "lib/doctor",
    "lib/conformance",
    "commander",
    "picocolors",
    "node:*",
  ],
  lambda: ["lib/rules", "lib/keys", "@aws-lambda-powertools", "aws4fetch", "node:*"],
  "bin/app.ts": ["lib/mistake.ts", "lib/config", "lib/stack", "aws-cdk-lib", "node:*"],
  "bin/synth.ts": ["lib/mistake.ts", "lib/cli", "lib/stack", "commander", "node:*"],
  "bin/build-constructs.ts": ["esbuild", "node:*"],
  "bin/gatehouse.ts": ["lib/cli", "node:*"],
};

const root = join(import.meta.dirname, "..");

interface Import {
  readonly file: string;
  readonly specifier: string;
}

test("every import goes in the direction that the picture shows", () => {
  const offences = ["lib", "lambda", "bin"].flatMap(filesIn).flatMap(importsOf).filter(isOffence);
  expect(offences.map(({ file, specifier }) => `${file} may not import ${specifier}`)).toEqual([]);
});

test("the table would notice: a rule that imports the gateway, the file system or the CDK is an offence", () => {
  for (const specifier of ["../local/gateway/gateway.ts", "node:fs", "aws-cdk-lib"])
    expect(isOffence({ file: "lib/rules/issuer.ts", specifier })).toBe(true);
  expect(isOffence({ file: "lib/local/synthesis.ts", specifier: "../stack/stack.ts" })).toBe(true);
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
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const IMPORT = /\b(?:from|import|require)\s*\(?\s*"([^"]+)"/g;

const importsOf = (file: string): Import[] =>
  [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)].map(([, specifier = ""]) => ({ file, specifier }));
