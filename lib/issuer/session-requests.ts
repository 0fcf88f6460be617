import type { IncomingMessage, ServerResponse } from "node:http";
import { FLAWS } from "../tokens/flaws.ts";
import type { MintRequest } from "../tokens/minting.ts";
import type { RawSignRequest } from "../tokens/raw-signing.ts";
import { readBody, send } from "./answers.ts";

// What another process of the same user asks of a running issuer: no protocol, and nothing that a page could ask for.

/** Answers with a token of any kind, if the asker knows the word of the session. */
export async function answerMint(
  session: string,
  mint: (request: MintRequest) => Promise<string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOfTheSession(session, request)) return send(response, 403, { error: "forbidden" });
  const wanted = readMintRequest(await readBody(request));
  if (wanted === undefined) return send(response, 400, { error: "that is not a request for a token" });
  return send(response, 200, { token: await mint(wanted) }, { "cache-control": "no-store" });
}

/** Answers with what a client has to be set up with, its secret included. */
export function answerSetup(session: string, setup: object, request: IncomingMessage, response: ServerResponse): void {
  if (!isOfTheSession(session, request)) return send(response, 403, { error: "forbidden" });
  return send(response, 200, setup, { "cache-control": "no-store" });
}

/** Answers with a signature over whatever is given; of a conformance issuer only. */
export async function answerSign(
  { session, kid }: { readonly session: string; readonly kid: string },
  signRaw: (request: RawSignRequest) => Promise<string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOfTheSession(session, request)) return send(response, 403, { error: "forbidden" });
  const wanted = JSON.parse((await readBody(request)) ?? "{}") as RawSignRequest;
  return send(response, 200, { token: await signRaw(wanted), kid });
}

/** A page of another origin can send neither this content type nor this header without asking first. */
function isOfTheSession(session: string, { method, headers }: IncomingMessage): boolean {
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  return method === "POST" && isJson && headers.authorization === `Bearer ${session}`;
}

function readMintRequest(body: string | undefined): MintRequest | undefined {
  try {
    const wanted = JSON.parse(body ?? "") as MintRequest;
    const known = wanted.flaw === undefined || FLAWS.some(({ name }) => name === wanted.flaw);
    return known ? wanted : undefined;
  } catch {
    return undefined;
  }
}
