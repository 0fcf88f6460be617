import type { Json } from "../json/json.ts";
import type { Evidence, SeenAnswer, SeenRequest } from "./evidence.ts";

/** What a field of a JSON access log is, by what people call it. The first that fits counts. */
const FIELDS = {
  status: /^(response)?status(code)?$/,
  authorizerError: /^(context)?author[iz]+ererror(message)?$|^autherror$/,
  integrationError: /^integrationerror(message)?$/,
  integrationStatus: /^integration(integration)?status(code)?$/,
  gatewayMessage: /^error(message(string)?)?$/,
  routeKey: /^route(key)?$/,
  method: /^(http)?method$/,
  path: /^(raw|resource|request)?path$|^uri$/,
  requestId: /^(aws|apigw|extended)?requestid$/,
} as const;

type Field = keyof typeof FIELDS;

/** A line of an access log as JSON, whatever its fields are called; undefined where it has no status. */
export function logEvidence(line: Json): Evidence | undefined {
  const entries = Object.entries(line).map(
    ([name, value]) => [name.toLowerCase().replace(/[^a-z]/g, ""), value] as const,
  );
  const read = (field: Field): string | null | undefined => {
    const [, value] = entries.find(([name]) => FIELDS[field].test(name)) ?? [];
    if (typeof value === "number") return String(value);
    return typeof value === "string" ? (isAbsent(value) ? null : value) : undefined;
  };
  const status = numberIn(read("status"));
  if (typeof status !== "number") return undefined;
  const [method, path] = [read("method"), read("path")];
  return {
    found: "a line of an access log",
    request: requestOf(method, path),
    answer: {
      status,
      authorizerError: read("authorizerError"),
      integrationError: read("integrationError"),
      integrationStatus: numberIn(read("integrationStatus")),
      gatewayMessage: read("gatewayMessage"),
      routeKey: read("routeKey"),
      requestId: read("requestId") ?? undefined,
    },
  };
}

const isAbsent = (value: string) => value === "-" || value === "";

const numberIn = (text: string | null | undefined): number | null | undefined =>
  typeof text === "string" ? (/^\d{3}$/.test(text) ? Number(text) : undefined) : text;

const requestOf = (method: string | null | undefined, path: string | null | undefined): SeenRequest | undefined =>
  method && path ? { method, url: path, headers: new Map() } : undefined;

const CLF = /^\S+ .{0,200}?\[[^\]]{1,60}\] "(\S+) (.{1,2000}?) (\S+)" (\d{3}) (\d+|-)(?: (\S+))?(?: (.*))?$/;

/**
 * A line in the Common Log Format, as AWS's documentation has it for HTTP APIs
 * (DG:http-api-logging): the request holds the route key, and what follows the request id is an error text.
 */
export function clfEvidence(line: string): Evidence | undefined {
  const [, method, target, protocol, status, , requestId, rest] = CLF.exec(line) ?? [];
  if (
    method === undefined ||
    target === undefined ||
    status === undefined ||
    !/^(HTTP\/[\d.]+|-)$/.test(protocol ?? "")
  )
    return undefined;
  const [first] = target.split(" ");
  const isPath = first?.startsWith("/") === true;
  const text = rest?.trim().replace(/^"(.*)"$/, "$1");
  const error = text === undefined || isAbsent(text) ? undefined : text;
  const answer: SeenAnswer = {
    status: Number(status),
    requestId,
    ...(isPath ? {} : { routeKey: isAbsent(target) ? null : target }),
    ...(error === undefined ? {} : isOfIntegration(error) ? { integrationError: error } : { authorizerError: error }),
  };
  return {
    found: "a line of an access log",
    request: isPath && first !== undefined ? requestOf(method, first) : undefined,
    answer,
  };
}

/** The texts of `$context.integrationErrorMessage` speak of functions, roles and integrations. */
const isOfIntegration = (text: string) =>
  /lambda function|integration|endpoint request/i.test(text) && !/authorizer/i.test(text);
