import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "../tool.ts";

const HELP = `npm run test:node24 [-- FOLDER…]

Tests the rules, the keys, the gateway and its functions on the Node of the deployed runtime, nodejs24.x, while all else
runs on the Node that you have. The same tests with the same expected answers. Node comes from npm, into a cache folder.

  FOLDER…   what to test instead, and other arguments of vitest (default: aws, rules, http, keys, assembly, functions,
            gateway and issuer of test/)
`;

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

await runTool((given) => {
  if (given.includes("--help")) {
    process.stdout.write(HELP);
    return 0;
  }
  const program = nodeOf(VERSION);
  process.stdout.write(`Node ${execFileSync(program, ["--version"], { encoding: "utf8" })}`);
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const { status } = spawnSync(program, [vitest, "run", "--project", "fast", ...(given.length > 0 ? given : FOLDERS)], {
    stdio: "inherit",
  });
  return status ?? 1;
});
