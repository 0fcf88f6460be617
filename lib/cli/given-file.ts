import { readFileSync } from "node:fs";
import { type FourParts, Mistake } from "../findings/mistake.ts";
import type { MistakeCode } from "../findings/mistake-codes.ts";

/** The text of a file that an option names. @throws Mistake with this code, its `got` the file */
export function readGivenFile(file: string, code: MistakeCode, say: Omit<FourParts, "got">): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Mistake(code, { ...say, got: file }, { cause });
  }
}
