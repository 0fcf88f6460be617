import type { RouteGuard } from "../../assembly/route-guards.ts";
import type { AnswerMeaning } from "../../evidence/answer-meaning.ts";
import { meaningOfAnswer } from "../../evidence/answer-meaning.ts";
import type { Evidence, SeenAnswer } from "../../evidence/evidence.ts";
import { printable } from "../../findings/terminal-text.ts";
import { labelled, type Page } from "./finding-rows.ts";

// What `explain` says where there is no token to ask the rules about.

/** What stands before a route where no JWT authorizer does. */
export type UnguardedRoute = Exclude<RouteGuard, { kind: "jwt" }>;

/** An answer, or a line of a log, and what it means. Never a token. */
export function answerAsJson({ found, request, answer }: Evidence, meaning: AnswerMeaning): object {
  const { status, what, isRefusal, causes, next } = meaning;
  return {
    verdict: isRefusal ? "deny" : "allow",
    found,
    request: request ? { method: request.method, path: pathOf(request.url) } : null,
    route: answer?.routeKey ?? null,
    requestId: answer?.requestId ?? null,
    status: status ?? null,
    what,
    findings: causes,
    next: next ?? null,
  };
}

/** The same for a person. */
export function answerAsText({ found, request, answer }: Evidence, meaning: AnswerMeaning, page: Page): string {
  const { paint } = page;
  const { status, what, isRefusal, causes, next } = meaning;
  const asked = answer?.routeKey ?? (request && `${request.method} ${pathOf(request.url)}`);
  return [
    `${paint.bold(isRefusal ? paint.red("refused") : paint.green("not refused"))}  ${printable(what)}`,
    "",
    `read        ${printable(found)}`,
    ...(asked === undefined || asked === null ? [] : [`request     ${printable(asked)}`]),
    ...(status === undefined ? [] : [`status      ${status}`]),
    ...shownAnswer(answer).map((line) => `            ${line}`),
    ...causes.flatMap(({ what: why, fix, fact, confidence }, index) => [
      "",
      ...labelled(
        `${paint.bold(index === 0 ? "cause" : "or   ")}   `,
        `${printable(why)}${sourceOf(fact, confidence)}`,
        page,
      ),
      ...labelled(`${paint.bold("remedy")}  `, printable(fix ?? ""), page),
    ]),
    ...(next === undefined ? [] : ["", ...labelled(`${paint.bold("next")}    `, printable(next), page)]),
  ].join("\n");
}

const sourceOf = (fact: string | null, confidence: string | null) =>
  fact === null ? (confidence === null ? "" : ` [${confidence}]`) : ` [${fact} ${confidence ?? ""}]`;

/** What an answer shows of itself, line by line. */
export const shownAnswer = ({
  challenge,
  authorizerError,
  integrationError,
  message,
}: SeenAnswer = {}): readonly string[] =>
  [
    challenge === undefined ? undefined : `www-authenticate: ${challenge}`,
    authorizerError === undefined ? undefined : `authorizer error: ${authorizerError ?? "-"}`,
    integrationError === undefined || integrationError === null ? undefined : `integration error: ${integrationError}`,
    message === undefined ? undefined : `message: ${message}`,
  ].flatMap((line) => (line === undefined ? [] : [printable(line)]));

const LONGEST_LIST = 200;

/** Several entries of a HAR file or lines of a log, to choose from. */
export const listAsJson = (all: readonly Evidence[]): object => ({
  entries: all.slice(0, LONGEST_LIST).map((one, index) => ({ entry: index + 1, ...rowOf(one) })),
  more: Math.max(0, all.length - LONGEST_LIST),
});

/** The same for a person. */
export function listAsText(all: readonly Evidence[], { paint }: Page): string {
  const rows = all.slice(0, LONGEST_LIST).map((one, index) => {
    const { status, method, path, token, cause } = rowOf(one);
    const request = method === null ? "" : `${method} ${path ?? ""}`;
    const more = [token ? "with a token" : undefined, cause ?? undefined]
      .filter((text) => text !== undefined)
      .join(", ");
    return `${String(index + 1).padStart(4)}  ${String(status ?? "-").padEnd(3)}  ${printable(request, 80)}${more === "" ? "" : paint.dim(`  ${printable(more)}`)}`;
  });
  const left = all.length - rows.length;
  return [
    `${all.length} entries; explain one of them with --entry NUMBER`,
    "",
    ...rows,
    ...(left > 0 ? [`and ${left} more`] : []),
  ].join("\n");
}

function rowOf({ credential, request, answer }: Evidence) {
  const { status, causes } = answer ? meaningOfAnswer(answer, request) : { status: undefined, causes: [] };
  return {
    status: status ?? null,
    method: request?.method ?? null,
    path: request ? pathOf(request.url) : (answer?.routeKey ?? null),
    token: credential !== undefined || request?.headers.has("authorization") === true,
    cause: causes.length === 1 ? (causes[0]?.what ?? null) : null,
  };
}

/** A URL without its query, which may hold a token. */
const pathOf = (url: string) => url.split("?", 1)[0] ?? "";

/** A route that no JWT authorizer stands before. */
export const unguardedAsJson = (route: string, guard: UnguardedRoute): object =>
  guard.kind === "public"
    ? { verdict: "allow", allowed: true, status: 200, public: true, route }
    : { verdict: "unknown", allowed: null, status: null, public: false, route, why: whyOf(route, guard) };

/** The same for a person. */
export const unguardedAsText = (route: string, guard: UnguardedRoute): string => printable(whyOf(route, guard));

function whyOf(route: string, guard: UnguardedRoute): string {
  switch (guard.kind) {
    case "public":
      return `${route} is a public route: no token needed`;
    case "lambda":
      return `${route} is guarded by the Lambda authorizer ${guard.name}, which decides by itself: 401 where ${guard.identitySource.join(" or ") || "an identity source"} is missing (8.4), 403 where it says no (8.6), 500 where it fails (8.7)`;
    case "unserved":
      return `${route} is guarded by something that Gatehouse does not know: ${guard.reason}`;
  }
}
