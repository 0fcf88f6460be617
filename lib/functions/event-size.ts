import type { Invocation } from "./execution-environment.ts";

/** Lambda's limit of a synchronous request, below API Gateway's (6.23). */
const MOST_EVENT_BYTES = 6_291_456;
const TOO_LARGE: Invocation = {
  kind: "error",
  message: `Request must be smaller than ${MOST_EVENT_BYTES} bytes for the InvokeFunction operation`,
  logLines: [],
};

/** How Lambda ends an invocation whose event is too large. A character has three bytes at most: few texts have to be counted. */
export const tooLarge = (event: string): Invocation | undefined =>
  event.length > MOST_EVENT_BYTES / 3 && Buffer.byteLength(event) > MOST_EVENT_BYTES ? TOO_LARGE : undefined;
