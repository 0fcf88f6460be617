import { readFileSync } from "node:fs";
import { type FourParts, Mistake } from "../findings/mistake.ts";

/** The text of a file that an option names. @throws Mistake with this code, its `got` the file */
export function readGivenFile(file: string, code: string, say: Omit<FourParts, "got">): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Mistake(code, { ...say, got: file }, { cause });
  }
}
