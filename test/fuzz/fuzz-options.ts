import { parseArgs } from "node:util";
import { Mistake } from "../../lib/findings/mistake.ts";

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
}

/** @throws Mistake `fuzz-options` */
export function readFuzzOptions(
  args: readonly string[],
  { count: usual, command }: { readonly count: number; readonly command: string },
): FuzzOptions | "help" {
  const options = {
    count: { type: "string", default: String(usual) },
    seed: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return "help";
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
        fix: `${command} -- --count ${usual} --seed 1`,
      },
      { cause },
    );
  }
}
