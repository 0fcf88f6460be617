import { columns, runTool } from "../tool.ts";
import { fuzz } from "./fuzz.ts";
import { readFuzzOptions } from "./fuzz-options.ts";

const HELP = `npm run test:fuzz -- [options]: mutated tokens before the rules, jose and aws-jwt-verify.

  --count N   how many (default: 100000)
  --seed N    the same seed makes the same tokens (default: of the clock)

Exit code: 0 without a fault: a difference that nothing explains, a throw, a decision above 50 ms; else 1.
`;

void runTool(async (args) => {
  const options = readFuzzOptions(args, { count: 100_000, command: "npm run test:fuzz" });
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const { count, seed } = options;
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
