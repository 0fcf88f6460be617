import { IncomingMessage } from "node:http";

/** The parameters of a request, in the order in which they came; a name may come twice. */
export type Parameters = readonly (readonly [name: string, value: string])[];

export const parameterOf = (parameters: Parameters, name: string): string | undefined =>
  parameters.find(([one]) => one === name)?.[1];

/** Parameters of a form or, where it is taken, of a JSON object. */
export function readParameters(body: string, contentType: string, takesJson: boolean): Parameters {
  if (!contentType.startsWith("application/json")) return [...new URLSearchParams(body)];
  if (!takesJson) return [];
  try {
    const entries = Object.entries(JSON.parse(body) as Record<string, unknown>);
    return entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  } catch {
    return [];
  }
}

/** The same request with other parameters in its body, for the library reads the body itself. */
export function withBody(request: IncomingMessage, parameters: Parameters): IncomingMessage {
  const body = Buffer.from(formOf(parameters));
  const changed = new IncomingMessage(request.socket);
  changed.method = request.method ?? "POST";
  changed.url = request.url ?? "/";
  changed.httpVersion = request.httpVersion;
  const { "transfer-encoding": _, ...headers } = request.headers;
  changed.headers = {
    ...headers,
    "content-type": "application/x-www-form-urlencoded",
    "content-length": String(body.length),
  };
  changed.complete = true;
  changed.push(body);
  changed.push(null);
  return changed;
}

export const formOf = (parameters: Parameters): string =>
  new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();

/** The same parameters with another value for one of them; without it where the value is undefined. */
export const withParameter = (parameters: Parameters, name: string, value: string | undefined): Parameters =>
  parameters.flatMap((one) => (one[0] !== name ? [one] : value === undefined ? [] : [[name, value] as const]));

/** The client that asks: of the body, or of HTTP Basic (RFC 6749 section 2.3.1: form-encoded before they are joined). */
export function clientIdOf(parameters: Parameters, authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return parameterOf(parameters, "client_id");
  const [id = ""] = Buffer.from(encoded, "base64").toString("utf8").split(":", 1);
  try {
    return decodeURIComponent(id.replaceAll("+", " "));
  } catch {
    return id;
  }
}
