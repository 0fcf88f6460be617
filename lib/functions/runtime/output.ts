// What a function writes reaches the gateway as frames, in order with its answers.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const SLICE_CHARACTERS = 65_536;
const STDOUT = 1;
const STDERR = 2;

/** Takes a part of what the function writes, at most 65,536 characters. */
type TakeText = (text: string) => void;

/** Hands everything that is written to stdout and stderr to `take`, by whatever means JavaScript has. */
export function redirectOutput(take: TakeText): void {
  const send = (text: string) => {
    for (let at = 0; at < text.length; at += SLICE_CHARACTERS) take(text.slice(at, at + SLICE_CHARACTERS));
  };
  for (const stream of [process.stdout, process.stderr])
    stream.write = (
      chunk: Uint8Array | string,
      encoding?: BufferEncoding | ((error?: Error) => void),
      callback?: (error?: Error) => void,
    ) => {
      send(textOf(chunk, typeof encoding === "string" ? encoding : undefined));
      const done = typeof encoding === "function" ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
  redirectDescriptors(send);
}

type AnyWrite = (fd: number, data: string | NodeJS.ArrayBufferView, ...rest: readonly unknown[]) => number;

/** Loggers such as pino write to the file descriptors themselves. */
function redirectDescriptors(send: TakeText) {
  const { writeSync, write } = fs as unknown as { readonly writeSync: AnyWrite; readonly write: AnyWrite };
  const patched = fs as unknown as { writeSync: AnyWrite; write: AnyWrite };
  patched.writeSync = (fd, data, ...rest) =>
    fd === STDOUT || fd === STDERR ? sendPart(send, data, rest) : writeSync(fd, data, ...rest);
  patched.write = (fd, data, ...rest) => {
    if (fd !== STDOUT && fd !== STDERR) return write(fd, data, ...rest);
    const length = sendPart(send, data, rest);
    const callback = rest.at(-1) as (error: null, length: number, data: unknown) => void;
    process.nextTick(() => callback(null, length, data));
    return length;
  };
  syncBuiltinESMExports();
}

/** As `fs.write` takes it: a text, or bytes with an offset and a length. */
function sendPart(send: TakeText, data: string | NodeJS.ArrayBufferView, [first, second]: readonly unknown[]): number {
  if (typeof data === "string") {
    send(data);
    return Buffer.byteLength(data);
  }
  const given =
    typeof first === "object" && first !== null
      ? (first as { readonly offset?: number; readonly length?: number })
      : { offset: (first as number | undefined) ?? 0, ...(typeof second === "number" ? { length: second } : {}) };
  const { offset = 0, length = data.byteLength - offset } = given;
  send(Buffer.from(data.buffer, data.byteOffset + offset, length).toString("utf8"));
  return length;
}

function textOf(chunk: Uint8Array | string, encoding: BufferEncoding | undefined): string {
  if (typeof chunk !== "string") return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("utf8");
  return encoding === "hex" || encoding === "base64" ? Buffer.from(chunk, encoding).toString("utf8") : chunk;
}
