import { columns, runTool } from "../tool.ts";
import { readFuzzOptions } from "./fuzz-options.ts";
import { fuzzTemplates } from "./template-fuzz.ts";

const HELP = `npm run test:fuzz-templates -- [options]: reads changed CloudFormation templates; each must be served or be a mistake.

  --count N   how many (default: 20000)
  --seed N    the same seed makes the same templates (default: of the clock)

Exit code: 0 when none was a fault of ours or took too long, else 1.
`;

void runTool((args) => {
  const options = readFuzzOptions(args, { count: 20_000, command: "npm run test:fuzz-templates" });
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const { count, seed } = options;
  process.stdout.write(`seed ${seed}, ${count} templates\n`);
  const { served, refused, faults, slowestMs } = fuzzTemplates(count, seed);
  const rows = Object.entries({ served, ...refused }).map(([name, times]) => [name, String(times)]);
  process.stdout.write(columns([["outcome", "templates"], ...rows]));
  process.stdout.write(`\nslowest template: ${slowestMs.toFixed(1)} ms\n`);
  for (const fault of faults.slice(0, 20)) process.stdout.write(`FAULT ${fault}\n`);
  process.stdout.write(`${count} templates, ${faults.length} faults\n`);
  return faults.length === 0 ? 0 : 1;
});
