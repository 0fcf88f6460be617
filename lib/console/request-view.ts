import { guardOf } from "../assembly/route-guards.ts";
import type { Finding } from "../findings/finding.ts";
import type { FunctionCall } from "../gateway/request-log.ts";
import type { RequestRecord } from "../gateway/request-record.ts";
import { credentialAt, readIdentitySource, tokenOf } from "../rules/identity-source.ts";
import { expectationOf } from "./expectation.ts";
import { identityReader } from "./identity-reader.ts";
import { Masking } from "./masking.ts";
import { integrationText } from "./overview.ts";
import type { Entry } from "./request-journal.ts";
import type { ConsoleSession } from "./session.ts";
import { verdictViewOf } from "./verdict.ts";
import type { CallView, Expectation, Header, KeysView, RequestDetail, RequestRow } from "./wire.ts";

const LONGEST_PATH = 300;
const LONGEST_CLIENT = 60;

/** A request as a line of the list. @param api the API's place in the overview */
export function rowOf({ seq, record }: Entry, api: number): RequestRow {
  const { requestId, receivedAtMs, method, path, status, durationMs, routeKey, decision } = record;
  return {
    seq,
    requestId,
    atMs: receivedAtMs,
    method: method.slice(0, 20),
    path: path.slice(0, LONGEST_PATH),
    status,
    ms: durationMs,
    api,
    routeKey: routeKey ?? null,
    rule: decision && !decision.allowed ? decision.rule : null,
    client: clientOf(record),
  };
}

/** The application that a verified token names, else the user agent's first word. */
function clientOf({ decision, client }: RequestRecord): string {
  const claims = decision?.allowed ? decision.claims : {};
  const name = [claims.client_id, claims.azp, claims.sub].find((one) => typeof one === "string");
  return (name ?? client?.userAgent?.split(/[ /]/, 1)[0] ?? "").slice(0, LONGEST_CLIENT);
}

/** A request with its whole way. No token is in it: `tokenOfRecord` has that, for anyone who asks. */
export async function detailOf(session: ConsoleSession, entry: Entry, api: number): Promise<RequestDetail> {
  const { record } = entry;
  const token = tokenOfRecord(record);
  const masking = new Masking([...record.requestHeaders, ...record.responseHeaders], token);
  const hide = (text: string) => masking.hide(text);
  return {
    ...rowOf(entry, api),
    path: hide(record.path),
    query: hide(record.rawQuery),
    stage: record.stage ?? null,
    pathParameters: record.pathParameters ?? {},
    sourceIp: record.client?.sourceIp ?? null,
    userAgent: record.client?.userAgent ?? null,
    requestHeaders: headersOf(record.requestHeaders, hide),
    requestBody: record.requestBody === undefined ? null : masking.text(record.requestBody),
    expectation: await expectationOfRecord(session, record),
    keys: keysViewOf(record),
    authorizerCall: callViewOf(record.authorizerCall, masking),
    functionCall: callViewOf(record.functionCall, masking),
    integrationError: record.integrationError === undefined ? null : hide(record.integrationError),
    localReason: record.localReason === undefined ? null : hide(record.localReason),
    cause: causeOf(record, hide),
    authorizerError: record.authorizerError ?? null,
    responseHeaders: headersOf(record.responseHeaders, hide),
    responseBody: masking.text(record.responseBody),
    accessLog: lineOf(record, hide),
    timings: {
      authorizerMs: record.timings.authorizerMs ?? null,
      integrationMs: record.timings.integrationMs ?? null,
    },
    hasToken: token !== undefined,
  };
}

function causeOf({ cause }: RequestRecord, hide: (text: string) => string): Finding | null {
  return cause ? { ...cause, what: hide(cause.what), got: cause.got === null ? null : hide(cause.got) } : null;
}

/** What the rules said, or where another's code decided, what they say at the time of the request. */
async function expectationOfRecord(session: ConsoleSession, record: RequestRecord): Promise<Expectation> {
  const route = routeOf(record);
  if (!route) return { kind: "no-route" };
  const guard = guardOf(route);
  if (!record.decision || guard.kind !== "jwt")
    return expectationOf(session, route, credentialOf(record), record.receivedAtMs);
  return {
    kind: "verdict",
    routeKey: route.key,
    integration: integrationText(route.integration),
    verdict: verdictViewOf(record.decision, guard),
  };
}

const routeOf = ({ api, routeKey }: RequestRecord) => api.routes.find(({ key }) => key === routeKey);

/** The token at the identity source of the route, as it was sent; undefined where there is none. */
export const tokenOfRecord = (record: RequestRecord): string | undefined => tokenOf(credentialOf(record));

function credentialOf(record: RequestRecord): string | undefined {
  const route = routeOf(record);
  const guard = route && guardOf(route);
  const expression = (guard?.kind === "jwt" ? guard.identitySource[0] : undefined) ?? "$request.header.Authorization";
  const source = readIdentitySource(expression);
  return source && credentialAt(source, identityReader(record.requestHeaders, record.rawQuery));
}

/** Pairs from names and values by turns. */
function headersOf(flat: readonly string[], hide: (text: string) => string): readonly Header[] {
  const pairs: Header[] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push([flat[index] ?? "", hide(flat[index + 1] ?? "")]);
  return pairs;
}

function keysViewOf({ keys }: RequestRecord): KeysView | null {
  if (!keys) return null;
  const { issuer, held, isFetchedNow, nowMs } = keys;
  return { issuer, kids: held.kids, ageMs: Math.max(0, nowMs - held.fetchedAtMs), isFetchedNow };
}

function callViewOf(call: FunctionCall | undefined, masking: Masking): CallView | null {
  if (!call) return null;
  const { functionName, event, invocation } = call;
  return {
    functionName,
    event: masking.text(indented(event)),
    logLines: invocation.logLines.map((line) => masking.hide(line)),
    ending: endingOf(invocation, masking),
    result: invocation.kind === "result" ? masking.text(indented(invocation.text)) : null,
    tookMs: invocation.kind === "result" ? invocation.tookMs : null,
  };
}

function endingOf(invocation: FunctionCall["invocation"], masking: Masking): string {
  switch (invocation.kind) {
    case "result":
      return "answered";
    case "error":
      return `failed: ${masking.hide(invocation.message)}`;
    case "timeout":
      return "ran longer than it may";
    default:
      return invocation.kind;
  }
}

function lineOf(record: RequestRecord, hide: (text: string) => string): string | null {
  const line = record.accessLogLine();
  return line === undefined ? null : hide(line);
}

/** Larger JSON is shown as it is: to read and write it would hold up the gateway. */
const MOST_INDENTED = 200_000;

function indented(json: string): string {
  if (json.length > MOST_INDENTED) return json;
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
