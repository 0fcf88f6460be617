// How the gateway and a function's process talk: frames over two pipes, in order. A frame is a header of 22 bytes and a
// text in UTF-8. Both sides read what the other one may have made up, so that every field is checked.

/** What a frame says. To the function: `init`, `invoke`, `withdraw`; from it: all others. */
export type FrameKind =
  | "init"
  | "invoke"
  | "withdraw"
  | "ready"
  | "log"
  | "result"
  | "error"
  | "failed-init"
  | "fatal"
  | "out-of-memory"
  | "withdrawn";

const KINDS: readonly FrameKind[] = [
  "init",
  "invoke",
  "withdraw",
  "ready",
  "log",
  "result",
  "error",
  "failed-init",
  "fatal",
  "out-of-memory",
  "withdrawn",
];

export interface Frame {
  readonly kind: FrameKind;
  /** The secret of the request that the frame is about, an integer; else 0. */
  readonly secret: number;
  /** Milliseconds, megabytes or a count, as the kind has it. */
  readonly value: number;
  readonly isNearMemoryLimit: boolean;
  readonly text: string;
}

const HEADER_BYTES = 22;
/** A function's answer of 6,291,556 bytes fits, and an event of 6,291,456 with its request id. */
const MOST_TEXT_BYTES = 6_300_000;

/** Writes a frame. */
export function encodeFrame({ kind, secret = 0, value = 0, isNearMemoryLimit = false, text = "" }: FrameParts): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  frame.writeUInt32LE(length, 0);
  frame[4] = KINDS.indexOf(kind);
  frame[5] = isNearMemoryLimit ? 1 : 0;
  frame.writeDoubleLE(secret, 6);
  frame.writeDoubleLE(value, 14);
  frame.write(text, HEADER_BYTES);
  return frame;
}

type FrameParts = Pick<Frame, "kind"> & Partial<Frame>;

/** Reads frames out of the chunks of a pipe. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** How many bytes the frame that has begun needs at least. */
  #needed = HEADER_BYTES;

  /** @returns the frames that are whole now; undefined where something else than a frame arrived */
  read(chunk: Buffer): readonly Frame[] | undefined {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    const frames: Frame[] = [];
    let at = 0;
    this.#needed = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt32LE(at);
      const kind = KINDS[bytes[at + 4] ?? KINDS.length];
      if (kind === undefined || length > MOST_TEXT_BYTES) return undefined;
      const end = at + HEADER_BYTES + length;
      if (bytes.length < end) {
        this.#needed = HEADER_BYTES + length;
        break;
      }
      frames.push({
        kind,
        secret: bytes.readDoubleLE(at + 6),
        value: bytes.readDoubleLE(at + 14),
        isNearMemoryLimit: bytes[at + 5] === 1,
        text: bytes.toString("utf8", at + HEADER_BYTES, end),
      });
      at = end;
    }
    this.#bytes = bytes.length - at;
    this.#chunks = this.#bytes === 0 ? [] : [bytes.subarray(at)];
    return frames;
  }
}
