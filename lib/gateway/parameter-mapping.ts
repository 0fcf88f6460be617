import { validateHeaderValue } from "node:http";
import type { ParameterMapping } from "../assembly/model.ts";
import { encodedPair, type HttpRequest } from "../aws/http-request.ts";
import { MOST_MAPPED_JSON_BYTES } from "../aws/limits.ts";
import { type Answer, INTERNAL_SERVER_ERROR } from "./answers.ts";
import type { ContextVariables } from "./context-variables.ts";

/** What the values of mappings may be made from, besides the request or the answer itself. */
export interface MappingScope {
  readonly context: ContextVariables;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** A request, as far as a mapping can look at it. */
export interface RequestScope extends MappingScope {
  readonly incoming: HttpRequest;
  /** Without the stage (DG:http-api-parameter-mapping). */
  readonly routePath: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether the API answers for CORS itself, and what an integration says of it is dropped (C3). */
  readonly hasCors: boolean;
}

/** What goes to the integration. */
export interface Outgoing {
  /** Undefined unless a mapping overwrites it. */
  readonly path: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly rawQuery: string;
}

/** Changes a request on its way to the integration. A value that the request does not hold changes nothing (INF). */
export function mapRequest(mappings: readonly ParameterMapping[], scope: RequestScope): Outgoing {
  const { incoming, routePath, pathParameters, body } = scope;
  const headers = new Map(incoming.headers);
  let path: string | undefined;
  let pairs = incoming.rawQuery === "" ? [] : incoming.rawQuery.split("&");
  const read = (expression: string): string | undefined => {
    const [, place, name] = /^request\.(header|querystring|path|body)(?:\.(.+))?$/.exec(expression) ?? [];
    switch (place) {
      case "header":
        return incoming.header((name ?? "").toLowerCase());
      case "querystring":
        return incoming.query(name ?? "");
      case "path":
        return name === undefined ? routePath : pathParameters[name];
      case "body":
        return inBody(body, name);
      default:
        return common(expression, scope);
    }
  };
  for (const { action, place, name, value } of mappings) {
    const mapped = action === "remove" ? "" : valueOf(value, read);
    if (mapped === undefined) continue;
    if (place === "path") path = mapped;
    else if (place === "header") changeHeader(headers, action, name.toLowerCase(), mapped);
    else {
      if (action !== "append") pairs = pairs.filter((pair) => nameOf(pair) !== name);
      if (action !== "remove") pairs = [...pairs, encodedPair(name, mapped)];
    }
  }
  return { path, headers, rawQuery: pairs.join("&") };
}

/** Changes what the integration answered, by the mappings of its status. */
export function mapAnswer(mappings: readonly ParameterMapping[], answer: Answer, scope: MappingScope): Answer {
  const body = Buffer.from(answer.body);
  let { status, headers } = answer;
  const read = (expression: string): string | undefined => {
    const [, place, name] = /^response\.(header|body)(?:\.(.+))?$/.exec(expression) ?? [];
    if (place === "header") return headerOf(answer.headers, (name ?? "").toLowerCase());
    return place === "body" ? inBody(body, name) : common(expression, scope);
  };
  for (const { action, place, name, value } of mappings) {
    const mapped = action === "remove" ? "" : valueOf(value, read);
    if (mapped === undefined) continue;
    if (place === "statuscode") status = /^[2-5]\d\d$/.test(mapped) ? Number(mapped) : status;
    else {
      const lower = name.toLowerCase();
      if (!isHeaderValue(lower, mapped)) return INTERNAL_SERVER_ERROR;
      const others = action === "append" ? headers : withoutHeader(headers, lower);
      headers = action === "remove" ? others : [...others, lower, mapped];
    }
  }
  return { ...answer, status, headers };
}

/** All of `$request.path`; each of `${request.path.a} ${request.path.b}`, where an absent one is empty; or the text itself. */
function valueOf(value: string, read: (expression: string) => string | undefined): string | undefined {
  if (/^\$(?:request|response|context|stageVariables)\b/.test(value)) return read(value.slice(1));
  const [whole] = /^\$\{([^}]*)\}$/.exec(value)?.slice(1) ?? [];
  return whole === undefined
    ? value.replace(/\$\{([^}]*)\}/g, (_, expression: string) => read(expression) ?? "")
    : read(whole);
}

function common(expression: string, { context, stageVariables }: MappingScope): string | undefined {
  const [, kind, name = ""] = /^(context|stageVariables)\.(.+)$/.exec(expression) ?? [];
  const found = kind === "context" ? context : kind === "stageVariables" ? stageVariables : {};
  return Object.hasOwn(found, name) && found[name] !== undefined ? String(found[name]) : undefined;
}

/** A JSON path of names and indices, `a.b[0].c`; without one all of the body. A body that is cut for it is not JSON any more. */
function inBody(body: Buffer, path: string | undefined): string | undefined {
  if (path === undefined) return body.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(body.subarray(0, MOST_MAPPED_JSON_BYTES).toString("utf8"));
  } catch {
    return undefined;
  }
  for (const step of path.replace(/\[(\d+)\]/g, ".$1").split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function changeHeader(headers: Map<string, string>, action: string, name: string, value: string) {
  const before = headers.get(name);
  if (action === "remove") headers.delete(name);
  else headers.set(name, action === "append" && before !== undefined ? `${before},${value}` : value);
}

const nameOf = (pair: string) => new URLSearchParams(pair).keys().next().value;

const headerOf = (headers: readonly string[], name: string): string | undefined => {
  const values = headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === name);
  return values.length === 0 ? undefined : values.join(",");
};

const withoutHeader = (headers: readonly string[], name: string) =>
  headers.filter((_, index) => headers[index - (index % 2)] !== name);

/** A line break out of a body must not become a header of its own. */
function isHeaderValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
