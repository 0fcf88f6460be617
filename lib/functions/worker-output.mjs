// What a function writes reaches the gateway as messages, in order with its answers. Node's own streams of a thread keep
// all but the first chunk back until the other side has asked for more, and lose them when the thread ends at once.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const SLICE_CHARACTERS = 65_536;
/** How much may be on its way before the function waits. */
const MOST_CHARACTERS = 1_048_576;
const STDOUT = 1;
const STDERR = 2;

/**
 * Sends everything that is written to stdout and stderr to `port`, by whatever means. A function that writes faster than
 * the gateway reads is held until it has read: its log cannot fill the memory.
 * @param backlog one shared number, of the characters on their way; the reader takes off what it has read and notifies
 */
export function redirectOutput(port, backlog) {
  const send = (text) => {
    for (let at = 0; at < text.length; at += SLICE_CHARACTERS) {
      const slice = text.slice(at, at + SLICE_CHARACTERS);
      port.postMessage({ kind: "log", text: slice });
      let waiting = Atomics.add(backlog, 0, slice.length) + slice.length;
      while (waiting > MOST_CHARACTERS) {
        Atomics.wait(backlog, 0, waiting, 100);
        waiting = Atomics.load(backlog, 0);
      }
    }
  };
  for (const stream of [process.stdout, process.stderr])
    stream.write = (chunk, encoding, callback) => {
      send(textOf(chunk, encoding));
      const done = typeof encoding === "function" ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
  redirectDescriptors(send);
}

/** Loggers such as pino write to the file descriptors themselves, which here are the gateway's own. */
function redirectDescriptors(send) {
  const { writeSync, write } = fs;
  fs.writeSync = (fd, data, ...rest) => {
    if (fd !== STDOUT && fd !== STDERR) return writeSync(fd, data, ...rest);
    return sendPart(send, data, rest);
  };
  fs.write = (fd, data, ...rest) => {
    if (fd !== STDOUT && fd !== STDERR) return write(fd, data, ...rest);
    const length = sendPart(send, data, rest);
    const callback = rest.at(-1);
    process.nextTick(() => callback(null, length, data));
  };
  syncBuiltinESMExports();
}

/** As `fs.write` takes it: a text, or bytes with an offset and a length. */
function sendPart(send, data, [first, second]) {
  if (typeof data === "string") {
    send(data);
    return Buffer.byteLength(data);
  }
  const { offset = 0, length = data.byteLength - offset } =
    typeof first === "object" && first !== null
      ? first
      : { offset: first ?? 0, length: typeof second === "number" ? second : undefined };
  send(textOf(data.subarray(offset, offset + length)));
  return length;
}

function textOf(chunk, encoding) {
  if (typeof chunk !== "string") return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("utf8");
  return encoding === "hex" || encoding === "base64" ? Buffer.from(chunk, encoding).toString("utf8") : chunk;
}
