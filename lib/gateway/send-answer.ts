import type { ServerResponse } from "node:http";
import type { Answer } from "./answers.ts";

/**
 * Writes an answer. The headers go in the order in which API Gateway sends them (2.1, DOC; 2.1.7, OBS+): the content type
 * before the length.
 */
export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: Answer,
  requestId: string,
  nowMs: number,
): void {
  const hasBody = status !== 204 && status !== 304;
  response.sendDate = false;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const sent = ["Date", httpDate(nowMs)];
  const others: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const [name = "", value = ""] = [headers[index], headers[index + 1]];
    if (name === "content-type") sent.push(sent.length === 2 ? "Content-Type" : name, value);
    else others.push(name, value);
  }
  if (hasBody) sent.push("Content-Length", String(length));
  const connection = response.shouldKeepAlive ? "keep-alive" : "close";
  sent.push("Connection", connection, ...others, "Apigw-Requestid", requestId);
  response.writeHead(status, sent);
  response.end(hasBody ? body : undefined);
}

let dateText = "";
let dateSecond = 0;

function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(nowMs).toUTCString();
  }
  return dateText;
}
