import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { IntegrationModel } from "../../assembly/model.ts";
import { MOST_BODY_BYTES } from "../../aws/limits.ts";
import { type Answer, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE } from "../answers.ts";
import { mapRequest, type RequestScope } from "../parameter-mapping.ts";
import { failedWith, type IntegrationResponse, type RouteIntegration } from "./integration.ts";

type HttpIntegrationModel = Extract<IntegrationModel, { kind: "http" }>;

/** Answers with what another server answers. */
export const httpIntegration = (model: HttpIntegrationModel): RouteIntegration => ({
  responseMappings: model.mappings?.response,
  send: async (_, scope) => responseOf(await proxyHttp(model, scope), model),
});

function responseOf(proxied: Proxied, { timeoutMs }: HttpIntegrationModel): IntegrationResponse {
  switch (proxied.kind) {
    case "answer": {
      const { answer } = proxied;
      const { status } = answer;
      const facts = { error: undefined, serviceStatus: status, status };
      return { answer, facts, call: undefined, localReason: undefined };
    }
    case "timeout":
      return failedWith(SERVICE_UNAVAILABLE, undefined, `no answer within ${timeoutMs} ms`);
    case "error":
      return failedWith(INTERNAL_SERVER_ERROR, undefined, proxied.message);
  }
}

/** How a proxied request ended. */
type Proxied =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "timeout" }
  | { readonly kind: "error"; readonly message: string };

/** What concerns one connection only (RFC 9110 section 7.6.1), and the members that `Connection` names. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];
const DROPPED = new Set([...HOP_BY_HOP, "host", "content-length"]);
const NOT_PASSED_BACK = new Set([...HOP_BY_HOP, "content-length", "date"]);

/**
 * Passes a request on to the integration's URI, path variables (`{proxy}`) and stage variables filled in, the query handed
 * on, and the documented parameter mappings applied.
 */
async function proxyHttp(integration: HttpIntegrationModel, scope: RequestScope): Promise<Proxied> {
  const outgoing = mapRequest(integration.mappings?.request ?? [], scope);
  const uri = filled(integration.uri, scope);
  const [, origin, path = "/", query = ""] = /^(https?:\/\/[^/?#]+)(\/[^?#]*)?(?:\?([^#]*))?/.exec(uri) ?? [];
  if (origin === undefined || !URL.canParse(origin))
    return { kind: "error", message: `the integration's URI ${uri} is not a URL` };
  const search = [query, outgoing.rawQuery].filter((part) => part !== "").join("&");
  const target: Target = {
    origin: new URL(origin),
    path: `${rooted(outgoing.path ?? path)}${search === "" ? "" : `?${search}`}`,
  };
  const headers = [...outgoing.headers].filter(([name]) => !DROPPED.has(name) || isMappedHost(integration, name));
  const method = integration.method === "ANY" ? scope.incoming.method : integration.method;
  try {
    return await send(target, method, Object.fromEntries(headers), scope.body, integration.timeoutMs);
  } catch (error) {
    return { kind: "error", message: error instanceof Error ? error.message : String(error) };
  }
}

/** A mapping may take the path from anywhere: it stays a path, and never names another server (absolute form). */
const rooted = (path: string) => (path.startsWith("/") ? path : `/${path}`);

/** Where a request goes. The path apart, since a URL would resolve the `..` that a client sent. */
interface Target {
  readonly origin: URL;
  readonly path: string;
}

/** A value is encoded again, so that it cannot become a query or, unless its variable is greedy, another segment. */
const filled = (uri: string, { pathParameters, stageVariables, context }: RequestScope) =>
  uri
    .replace(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) => stageVariables[name] ?? "")
    .replace(/\{([^}]+?)\+?\}/g, (_, name: string) => {
      const value = pathParameters[name] ?? "";
      return String(context.routeKey).includes(`{${name}+}`)
        ? value.split("/").map(encodeURIComponent).join("/")
        : encodeURIComponent(value);
    });

/** The client's own host is not the server's, unless a mapping says so. */
const isMappedHost = ({ mappings }: HttpIntegrationModel, name: string) =>
  name === "host" &&
  mappings?.request.some((one) => one.place === "header" && one.name.toLowerCase() === "host") === true;

function send(
  { origin, path }: Target,
  method: string,
  headers: OutgoingHttpHeaders,
  body: Buffer,
  timeoutMs: number,
): Promise<Proxied> {
  return new Promise((resolve, reject) => {
    const request = (origin.protocol === "https:" ? httpsRequest : httpRequest)(origin, {
      method,
      path,
      headers: { ...headers, "content-length": body.length },
    });
    const timer = setTimeout(() => {
      resolve({ kind: "timeout" });
      request.destroy();
    }, timeoutMs);
    request.on("close", () => clearTimeout(timer));
    request.on("error", reject);
    // Node hands over the socket with this, and ends it nowhere.
    request.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(new Error("the server switches protocols (101), which an HTTP API does not do"));
    });
    request.on("response", (response) => {
      collect(response).then((answer) => resolve({ kind: "answer", answer }), reject);
    });
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, rawHeaders } = response;
  if (status < 200 || status > 599) throw new Error(`the server answered with the status ${status}`);
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the response, and with it the connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES)
      throw new Error(
        `the server's answer is larger than ${MOST_BODY_BYTES} bytes, the most that an HTTP API passes on`,
      );
    chunks.push(chunk);
  }
  const named = new Set((response.headers.connection ?? "").toLowerCase().split(/\s*,\s*/));
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (!NOT_PASSED_BACK.has(name) && !named.has(name)) headers.push(name, rawHeaders[index + 1] ?? "");
  }
  return { status, headers, body: Buffer.concat(chunks, length) };
}
