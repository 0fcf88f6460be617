import type { Mistake } from "./mistake.ts";

/** A mistake as a person reads it: its code, then its four parts. */
export const mistakeText = ({ code, say }: Mistake): string =>
  [
    `mistake ${code}`,
    ...(["what", "got", "expected", "fix"] as const).map(
      (part) => `  ${part.padEnd(10)}${say[part].replaceAll("\n", "\n            ")}`,
    ),
  ].join("\n");
