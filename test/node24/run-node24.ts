import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

// `npm run test:node24`: the rules, the keys, the gateway and its functions on the Node of the deployed runtime, nodejs24.x, while all else
// here runs on the oldest Node that is supported. The same tests with the same expected answers. Arguments go to vitest
// instead of its folders. Node comes from npm, into a cache folder, so that nobody needs a version manager.

const VERSION = "24.21.0";
const FOLDERS = ["aws", "rules", "http", "keys", "assembly", "functions", "gateway", "issuer"].map(
  (room) => `test/${room}`,
);

function nodeOf(version: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  const cache = join("node_modules", ".cache", `gatehouse-node-${version}`);
  const program = join(cache, "node_modules", name, "bin", "node");
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  execFileSync("npm", ["install", "--prefix", cache, ...options, `${name}@${version}`], { stdio: ["ignore", 2, 2] });
  return program;
}

const program = nodeOf(VERSION);
process.stdout.write(`Node ${execFileSync(program, ["--version"], { encoding: "utf8" })}`);
const given = process.argv.slice(2);
const vitest = join("node_modules", "vitest", "vitest.mjs");
const { status } = spawnSync(program, [vitest, "run", "--project", "fast", ...(given.length > 0 ? given : FOLDERS)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
