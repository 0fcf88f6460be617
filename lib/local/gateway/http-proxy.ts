import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { IntegrationModel } from "../assembly/model.ts";
import { type Answer, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE } from "./answers.ts";
import type { Incoming } from "./incoming.ts";

type HttpIntegration = Extract<IntegrationModel, { kind: "http" }>;

const DROPPED = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"]);
const NOT_PASSED_BACK = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date"]);

/** What a proxied request may be changed by: `overwrite:header.x`, `append:querystring.y`, `remove:…`, `overwrite:path`. */
interface Outgoing {
  path: string;
  readonly headers: Map<string, string>;
  readonly query: URLSearchParams;
}

/** Passes a request on to the integration's URI, path variables filled in and the documented parameter mappings applied. */
export async function proxyHttp(
  integration: HttpIntegration,
  incoming: Incoming,
  pathParameters: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<Answer> {
  const filled = integration.uri.replace(/\{([^}]+?)\+?\}/g, (_, name: string) =>
    (pathParameters[name] ?? "").split("/").map(encodeURIComponent).join("/"),
  );
  const target = new URL(filled);
  const outgoing: Outgoing = {
    path: target.pathname,
    headers: new Map([...incoming.headers].filter(([name]) => !DROPPED.has(name))),
    query: new URLSearchParams(incoming.rawQuery === "" ? target.search : incoming.rawQuery),
  };
  for (const [name, value] of Object.entries(integration.parameters))
    applyMapping(outgoing, name, mappedValue(value, incoming, pathParameters));
  target.pathname = outgoing.path;
  target.search = outgoing.query.toString();
  const headers: OutgoingHttpHeaders = { ...Object.fromEntries(outgoing.headers), "content-length": body.length };
  const method = integration.method === "ANY" ? incoming.method : integration.method;
  return send(target, method, headers, body, integration.timeoutMs);
}

function applyMapping(outgoing: Outgoing, mapping: string, value: string) {
  const [, action, place, name = ""] =
    /^(overwrite|append|remove):(header|querystring|path)\.?(.*)$/.exec(mapping) ?? [];
  if (place === "path") outgoing.path = value;
  else if (place === "header") {
    const before = outgoing.headers.get(name.toLowerCase());
    if (action === "remove") outgoing.headers.delete(name.toLowerCase());
    else
      outgoing.headers.set(
        name.toLowerCase(),
        action === "append" && before !== undefined ? `${before},${value}` : value,
      );
  } else if (place === "querystring") {
    if (action === "remove") outgoing.query.delete(name);
    else if (action === "append") outgoing.query.append(name, value);
    else outgoing.query.set(name, value);
  }
}

/** `$request.header.x`, `$request.querystring.x`, `$request.path.x`, `$request.path`, or a text as it stands. */
const mappedValue = (value: string, incoming: Incoming, pathParameters: Readonly<Record<string, string>>) =>
  value.replace(/\$request\.(header|querystring|path)(?:\.([A-Za-z0-9_-]+))?/g, (_, place: string, name?: string) => {
    if (place === "header") return incoming.header((name ?? "").toLowerCase()) ?? "";
    if (place === "querystring") return incoming.query(name ?? "") ?? "";
    return name === undefined ? incoming.path : (pathParameters[name] ?? "");
  });

function send(
  target: URL,
  method: string,
  headers: OutgoingHttpHeaders,
  body: Buffer,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    const request = (target.protocol === "https:" ? httpsRequest : httpRequest)(target, { method, headers });
    const timer = setTimeout(() => {
      request.destroy();
      resolve(SERVICE_UNAVAILABLE);
    }, timeoutMs);
    const finish = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.on("error", () => finish(INTERNAL_SERVER_ERROR));
    request.on("response", (response) => {
      collect(response).then(finish, () => finish(INTERNAL_SERVER_ERROR));
    });
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: string[] = [];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = (response.rawHeaders[index] ?? "").toLowerCase();
    if (!NOT_PASSED_BACK.has(name)) headers.push(name, response.rawHeaders[index + 1] ?? "");
  }
  return { status: response.statusCode ?? 502, headers, body: Buffer.concat(chunks) };
}
