import { createWriteStream, openSync } from "node:fs";
import { Mistake } from "../findings/mistake.ts";

export interface AccessLogFile {
  write(line: string): void;
  close(): Promise<void>;
}

/** Opens a file to which lines of the access log are added; readable by the user only. @throws Mistake `access-log-file` */
export function openAccessLog(path: string): AccessLogFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, "a", 0o600);
  } catch (cause) {
    throw new Mistake(
      "access-log-file",
      {
        what: "the access log cannot be written",
        got: cause instanceof Error ? cause.message : String(cause),
        expected: "a file in a folder that exists, or none for the terminal",
        fix: "give another file: --access-log access.log",
      },
      { cause },
    );
  }
  const stream = createWriteStream(path, { fd: descriptor });
  // A disk that fills up must not end the requests.
  stream.on("error", () => undefined);
  return {
    write: (line) => void stream.write(`${line}\n`),
    close: () => new Promise((resolve) => void stream.end(() => resolve())),
  };
}
