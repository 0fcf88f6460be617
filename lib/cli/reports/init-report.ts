import { createTwoFilesPatch } from "diff";
import { printable } from "../../findings/terminal-text.ts";
import type { FileChange, InitPlan } from "../../init/plan.ts";
import type { Io } from "../io.ts";

/** What `init` did, or would do, for a person. */
export function initAsText(plan: InitPlan, isDryRun: boolean, { paint }: Pick<Io, "paint">): string {
  const { changes, kept, left, next } = plan;
  const width = Math.max(0, ...[...changes.map(({ path }) => path), ...kept].map((path) => path.length));
  const row = (word: string, path: string, about: string) =>
    `${word.padEnd(9)}${printable(path.padEnd(width))}  ${paint.dim(about)}`.trimEnd();
  return [
    ...(isDryRun ? changes.map((change) => patchOf(change, paint)) : []),
    ...changes.map(({ path, before, about }) => row(before === undefined ? "new" : "changed", path, about)),
    ...kept.map((path) => row("kept", path, "")),
    ...left.flatMap((one) => ["", paint.bold("Left to you"), `  ${printable(one)}`]),
    "",
    ...(isDryRun
      ? [changes.length === 0 ? "Nothing would be written." : "Nothing was written: --dry-run."]
      : [
          ...(changes.length === 0 ? ["Nothing to do: all of it is here."] : []),
          paint.bold("Next"),
          ...next.map((one) => `  ${one}`),
          "",
          paint.dim(
            "Your issuer and client ids belong in cdk.json, context.gatehouse.dev; npx gatehouse doctor checks them.",
          ),
        ]),
  ].join("\n");
}

/** The same for a program. */
export const initAsJson = ({ changes, ...rest }: InitPlan, isDryRun: boolean): object => ({
  dryRun: isDryRun,
  changes: changes.map(({ path, before, about, after }) => ({
    path,
    change: before === undefined ? "new" : "changed",
    about,
    ...(isDryRun ? { text: after } : {}),
  })),
  ...rest,
});

function patchOf({ path, before, after }: FileChange, paint: Io["paint"]): string {
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const patch = createTwoFilesPatch(from, `b/${path}`, before ?? "", after, undefined, undefined, { context: 2 });
  return patch
    .split("\n")
    .filter((line) => !line.startsWith("====="))
    .map((line) => coloured(printable(line), paint))
    .join("\n");
}

const coloured = (line: string, paint: Io["paint"]) =>
  line.startsWith("+") ? paint.green(line) : line.startsWith("-") ? paint.red(line) : line;
