import { isJson } from "../json/json.ts";
import { textMap, textOf } from "../template/cloud-assembly.ts";
import type { Mappings, ParameterMapping } from "./model.ts";

/** Header names that no mapping may name (6.27, DOC:http-api-parameter-mapping); a name ending in `-` stands for all that begin so. */
const RESERVED = new Set([
  "access-control-",
  "apigw-",
  "x-amz-",
  "x-amzn-",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-location",
  "forwarded",
  "keep-alive",
  "origin",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailers",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

const REQUEST_KEY = /^(?:(append|overwrite|remove):(header|querystring)\.([^\s:]+)|(overwrite):(path))$/;
const RESPONSE_KEY = /^(?:(append|overwrite|remove):(header)\.([^\s:]+)|(overwrite):(statuscode))$/;

const COMMON_VALUE = String.raw`context\.[\w.]+|stageVariables\.\w+`;
const REQUEST_VALUE = new RegExp(
  String.raw`^(?:request\.(?:header\.[^\s{}]+|querystring\.[^\s{}]+|path(?:\.[\w.-]+)?|body(?:\.[\w.[\]-]+)?)|${COMMON_VALUE})$`,
);
const RESPONSE_VALUE = new RegExp(
  String.raw`^(?:response\.(?:header\.[^\s{}]+|body(?:\.[\w.[\]-]+)?)|${COMMON_VALUE})$`,
);

/**
 * Reads an integration's `RequestParameters` and `ResponseParameters`.
 * @returns the mappings; or by name the one that API Gateway would not take
 */
export function readMappings(request: unknown, response: unknown): Mappings | { readonly reason: string } {
  const before = readGroup(Object.entries(textMap(request)), REQUEST_KEY, REQUEST_VALUE);
  if (typeof before === "string") return { reason: before };
  const after = new Map<number, readonly ParameterMapping[]>();
  for (const [status, parameters] of Object.entries(isJson(response) ? response : {})) {
    const group = readGroup(pairsOf(parameters), RESPONSE_KEY, RESPONSE_VALUE);
    if (typeof group === "string") return { reason: group };
    after.set(Number(status), group);
  }
  return { request: before, response: after };
}

/** `{ "append:header.x": "y" }`, or CloudFormation's `{ ResponseParameters: [{ Destination, Source }] }`. */
function pairsOf(parameters: unknown): readonly (readonly [string, string])[] {
  if (!isJson(parameters) || !Array.isArray(parameters.ResponseParameters)) return Object.entries(textMap(parameters));
  return parameters.ResponseParameters.map((one: unknown) =>
    isJson(one) ? ([textOf(one.Destination), textOf(one.Source)] as const) : ["", ""],
  );
}

function readGroup(
  pairs: readonly (readonly [key: string, value: string])[],
  keyForm: RegExp,
  valueForm: RegExp,
): readonly ParameterMapping[] | string {
  const found: ParameterMapping[] = [];
  for (const [key, value] of pairs) {
    const parts = keyForm.exec(key);
    if (!parts) return `its parameter mapping ${JSON.stringify(key)} is none that API Gateway knows`;
    const [, action = parts[4], place = parts[5], name = ""] = parts;
    if (place === "header" && isReserved(name))
      return `its parameter mapping ${JSON.stringify(key)} names a reserved header, which API Gateway refuses`;
    const unknown = action === "remove" ? undefined : expressionsOf(value).find((one) => !valueForm.test(one));
    if (unknown !== undefined)
      return `the value of its parameter mapping ${JSON.stringify(key)}, ${JSON.stringify(unknown)}, is none that API Gateway knows`;
    found.push({ action, place, name, value } as ParameterMapping);
  }
  return found;
}

/** What a value asks for: all of `$request.path`, or each of `${request.path.a} ${request.path.b}`. */
const expressionsOf = (value: string): readonly string[] =>
  /^\$(?:request|response|context|stageVariables)\b/.test(value)
    ? [value.slice(1)]
    : [...value.matchAll(/\$\{([^}]*)\}/g)].map(([, expression = ""]) => expression);

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  if (RESERVED.has(lower)) return true;
  return [...RESERVED].some((reserved) => reserved.endsWith("-") && lower.startsWith(reserved));
}
