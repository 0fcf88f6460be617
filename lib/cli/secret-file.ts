import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { Mistake } from "../findings/mistake.ts";

/** A new file that only its owner can read, kept free before there is anything to write. */
export interface SecretPlace {
  /** Writes; more may follow. */
  write(text: string): void;
  /** Keeps what was written. */
  close(): void;
  /** Takes the file away again. */
  giveUp(): void;
}

/** @throws Mistake `out-unwritable`, also where there is a file already */
export function reserveSecretPlace(path: string): SecretPlace {
  let file: number;
  try {
    file = openSync(path, "wx", 0o600);
  } catch (cause) {
    throw new Mistake(
      "out-unwritable",
      {
        what: "the file for the secret cannot be made",
        got: `${path}: ${cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error"}`,
        expected: "a file that is not there yet, in a folder that may be written to",
        fix: "give another --out FILE",
      },
      { cause },
    );
  }
  return {
    write: (text) => {
      writeSync(file, text);
    },
    close: () => closeSync(file),
    giveUp: () => {
      closeSync(file);
      unlinkSync(path);
    },
  };
}
