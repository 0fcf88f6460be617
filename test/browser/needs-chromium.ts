import { executable } from "./browser.ts";

/** Says once why nothing runs; where `GATEHOUSE_CI` is set, a browser that is missing is a failure. */
export default function setUp(): void {
  if (executable() !== undefined) return;
  const reason = "no chromium here: apt-get install chromium, or CHROMIUM=/path/to/it";
  if (process.env.GATEHOUSE_CI) throw new Error(reason);
  process.stdout.write(`skipped, every test in a browser: ${reason}\n`);
}
