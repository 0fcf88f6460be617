import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Where a person types, and where the questions are shown: stderr, so that stdout holds only the result. */
export interface PromptStreams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Asks one question at a terminal; a secret is not shown while it is typed. Ctrl-C, and the end of the input, fire `stop`. */
export async function askPerson(
  { stdin, stderr }: PromptStreams,
  question: string,
  isSecret: boolean,
  stop: AbortController,
): Promise<string> {
  let isMuted = false;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!isMuted) stderr.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
  const ended = () => stop.abort();
  reader.once("SIGINT", ended).once("close", ended);
  try {
    const answer = reader.question(question, { signal: stop.signal });
    isMuted = isSecret;
    return await answer;
  } catch (cause) {
    if (stop.signal.aborted) return "";
    throw cause;
  } finally {
    // This listener only: by its own, readline stops listening to the terminal, or it would show the next secret.
    reader.off("close", ended);
    reader.close();
    if (isSecret) stderr.write("\n");
  }
}
