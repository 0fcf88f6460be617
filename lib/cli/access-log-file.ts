import { appendFileSync, closeSync, openSync } from "node:fs";
import { Mistake } from "../findings/mistake.ts";

export interface AccessLogFile {
  write(line: string): void;
  close(): void;
}

/**
 * Opens a file to which lines of the access log are added; readable by the user only.
 * @param onLost gets the first line that cannot be written, as on a full disk, and at the end of how many there were
 * @throws Mistake `access-log-file`
 */
export function openAccessLog(path: string, onLost: (lines: number, why: string) => void): AccessLogFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, "a", 0o600);
  } catch (cause) {
    throw new Mistake(
      "access-log-file",
      {
        what: "the access log cannot be written",
        got: messageOf(cause),
        expected: "a file in a folder that exists, or none for the terminal",
        fix: "give another file: --access-log access.log",
      },
      { cause },
    );
  }
  let lost = 0;
  let why = "";
  return {
    write: (line) => {
      try {
        appendFileSync(descriptor, `${line}\n`);
      } catch (cause) {
        // A disk that fills up must not end the requests.
        why = messageOf(cause);
        lost += 1;
        if (lost === 1) onLost(lost, why);
      }
    },
    close: () => {
      closeSync(descriptor);
      if (lost > 1) onLost(lost, why);
    },
  };
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
