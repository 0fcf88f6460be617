import type { IncomingMessage } from "node:http";
import { MOST_BODY_BYTES } from "../aws/limits.ts";

/** A body, or why there is none. */
export type RequestBody = Buffer | "too-large" | "aborted";

const NO_BODY = Buffer.alloc(0);

/**
 * Reads all of a body. Not by iteration: a loop that is left early destroys the socket, and with it the answer. What comes
 * after the limit stays unread.
 */
export function readBody(request: IncomingMessage): Promise<RequestBody> | RequestBody {
  const { "content-length": announced, "transfer-encoding": coding } = request.headers;
  if (announced === undefined && coding === undefined) return NO_BODY;
  if (Number(announced) > MOST_BODY_BYTES) return "too-large";
  if (request.destroyed) return "aborted";
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (body: RequestBody) => {
      request.pause();
      request.removeAllListeners("data");
      resolve(body);
    };
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MOST_BODY_BYTES) finish("too-large");
      else chunks.push(chunk);
    });
    request.once("end", () => finish(Buffer.concat(chunks, length)));
    request.once("close", () => finish("aborted"));
    request.once("error", () => finish("aborted"));
  });
}
