import { parseArgs } from "node:util";
import { Mistake } from "../../lib/findings/mistake.ts";
import { columns, runTool } from "../tool.ts";
import { fuzz } from "./fuzz.ts";

// npm run test:fuzz -- [--count 100000] [--seed N]: mutated tokens before the rules, jose and aws-jwt-verify.

void runTool(async (args) => {
  const { count, seed } = readOptions(args);
  process.stdout.write(`seed ${seed}, ${count} tokens\n`);
  const { kinds, explained, faults, slowestMs, slowestKind } = await fuzz(count, seed, () => Date.now() / 1_000);
  const rows = Object.entries(kinds).map(([name, { tokens, accepted, agreed }]) =>
    [name, tokens, accepted, tokens - accepted, agreed.jose, agreed["aws-jwt-verify"]].map(String),
  );
  process.stdout.write(columns([["mutation", "tokens", "accepted", "refused", "jose agrees", "aws agrees"], ...rows]));
  process.stdout.write("\nwhere a library says otherwise, and why we do not:\n");
  const reasons = [...explained].toSorted(([one], [other]) => one.localeCompare(other));
  process.stdout.write(columns(reasons.map(([reason, times]) => [`  ${reason}`, String(times)])));
  process.stdout.write(`\nslowest decision: ${slowestMs.toFixed(1)} ms (${slowestKind})\n`);
  for (const fault of faults.slice(0, 50)) process.stdout.write(`FAULT ${fault}\n`);
  process.stdout.write(
    `${count} tokens, ${faults.length} faults (a difference without a reason, a throw, above 50 ms)\n`,
  );
  return faults.length === 0 ? 0 : 1;
});

function readOptions(args: readonly string[]): { count: number; seed: number } {
  const options = { count: { type: "string", default: "100000" }, seed: { type: "string" } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    const count = Number(values.count);
    const seed = Number(values.seed ?? Date.now() % 1_000_000);
    if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) throw new Error(args.join(" "));
    return { count, seed };
  } catch (cause) {
    throw new Mistake(
      "fuzz-options",
      {
        what: "the options of the fuzz run cannot be read",
        got: cause instanceof Error ? cause.message : String(cause),
        expected: "--count and --seed, each a whole number",
        fix: "npm run test:fuzz -- --count 100000 --seed 1",
      },
      { cause },
    );
  }
}
