import { createRequire } from "node:module";
import { join } from "node:path";
import type { GuardedRoute } from "../../assembly/route-guards.ts";
import { authorizerEvent, domainOf, type EventContext } from "../../aws/event.ts";
import { encodedPair, HttpRequest } from "../../aws/http-request.ts";
import { parseRouteKey } from "../../aws/route-key.ts";
import type { Match } from "../../aws/router.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import type { FetchDocument } from "../../http/fetch-document.ts";
import { authorize } from "../../rules/authorize.ts";
import { authorizerErrorOf } from "../../rules/challenge.ts";
import type { Decision } from "../../rules/decision.ts";
import { readIdentitySource, tokenOf } from "../../rules/identity-source.ts";
import { claimedBy } from "../../rules/unverified-token.ts";
import { appAssembly } from "../app-assembly.ts";
import { caOption } from "../authorities.ts";
import { type AuthorizerOptions, authorizerOf } from "../authorizer-source.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, list } from "../options.ts";
import type { RouteTable } from "../route-table.ts";
import { readGivenToken } from "../token-source.ts";

interface MirrorOptions extends AuthorizerOptions {
  readonly route: string;
  readonly json?: boolean;
}

/** What the bundle exports, as `lambda/authorizer.ts` has it. */
interface MirrorBundle {
  createMirror(
    settings: { issuer: string; audience: readonly string[]; routeScopes: ReadonlyMap<string, readonly string[]> },
    world: { fetchDocument: FetchDocument; nowMs: () => number; log: (line: string) => void },
  ): (event: object) => Promise<{ isAuthorized: boolean; context: Record<string, string> }>;
}

export const mirror: CliCommand<MirrorOptions> = {
  define: (command) => {
    command
      .argument("[token]", "the token, with or without 'Bearer '; - reads it from standard input")
      .option("--env <name>", "use the issuer, audience and routes of this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .option("--issuer <url>", "use another issuer")
      .option("--audience <list>", "set its audience, several with commas", list)
      .option("--route <key>", "call it for this route", "GET /me")
      .option("--jwks <file>", "read the issuer's keys from a file, without network")
      .addOption(caOption())
      .option("--real-issuer", "use the issuer itself even where an embedded one runs")
      .option("--json", "print one JSON document")
      .addHelpText("after", "\nExit code: 0 the Lambda authorizer and the rules agree, 1 they differ.");
  },
  run: async ({ args, options: wanted }, io) => {
    const credential = await readGivenToken(args[0], io);
    const asked = { ...wanted, appAssembly: await appAssembly(wanted, io) };
    const authorizer = authorizerOf(asked, io, claimedBy(tokenOf(credential) ?? ""));
    const { issuer, audience, identitySource } = authorizer.guard;
    const configuration = { issuer, audience };
    const source = authorizer.keysOf(issuer);
    const match = guardedRoute(wanted.route, authorizer.routes());
    const { key } = match.route;
    const { scopes } = match;
    const log: string[] = [];
    const ask = bundleIn(await io.functionsFolder()).createMirror(
      { ...configuration, routeScopes: new Map([[key, scopes]]) },
      { fetchDocument: source.fetchDocument, nowMs: io.nowMs, log: (line) => log.push(line) },
    );
    // API Gateway answers 401 itself where the identity source is missing: the function is not called (8.4, DOC).
    const answer =
      credential === undefined
        ? undefined
        : await ask(eventOf(requestWith(wanted.route, identitySource[0], credential), match, credential, io.nowMs()));
    const decision = await authorize({ credential, configuration, scopes }, source.findKey, io.nowMs() / 1_000);
    const agrees = (answer?.isAuthorized ?? false) === decision.allowed;
    io.out(
      wanted.json
        ? jsonText({ agrees, mirror: answer ?? null, explain: verdictOf(decision) }, 2)
        : textOf(answer, decision, agrees, io),
    );
    return agrees ? 0 : 1;
  },
};

/** A protected route, the values of its path variables, and the scopes that it asks for. */
interface GuardedMatch extends Match<Pick<GuardedRoute, "key">> {
  readonly scopes: readonly string[];
}

/** The route that takes the request, which an authorizer must guard. Where no routes are known, the request's own text. @throws Mistake `route-not-guarded` */
function guardedRoute(given: string, routes: RouteTable | undefined): GuardedMatch {
  const found = routes?.find(given);
  if (found?.route.guard.kind === "jwt") return { ...found, scopes: found.route.guard.scopes };
  if (!routes && parseRouteKey(given)) return { route: { key: given }, pathParameters: undefined, scopes: [] };
  const guarded = routes?.routes.filter(({ guard }) => guard.kind === "jwt").map(({ key }) => key) ?? [];
  throw new Mistake("route-not-guarded", {
    what: `there is no protected route '${given}': API Gateway calls the authorizer for protected routes only`,
    got: `--route '${given}'`,
    expected: guarded.length > 0 ? guarded.join(", ") : "a method and a path",
    fix: "give one of these, or a request that one of them takes: --route 'GET /orders/42'",
  });
}

function textOf(
  answer: { isAuthorized: boolean; context: Record<string, string> } | undefined,
  decision: Decision,
  agrees: boolean,
  { paint }: Io,
): string {
  const { rule, error } = answer?.context ?? {};
  const said = answer === undefined ? "not called: no token" : answer.isAuthorized ? "allowed" : `refused by ${rule}`;
  const rules = decision.allowed ? "allowed" : `refused by ${decision.rule}`;
  return [
    `mirror   ${said}${error === undefined ? "" : `  ${printable(error)}`}`,
    `rules    ${rules}${decision.allowed ? "" : `  ${printable(authorizerErrorOf(decision))}`}`,
    agrees ? paint.green("they agree") : paint.red("THEY DIFFER"),
    ...(answer ? ["", "the mirror's answer to API Gateway:", jsonText(answer, 2)] : []),
  ].join("\n");
}

const verdictOf = (decision: Decision) =>
  decision.allowed ? { allowed: true } : { allowed: false, rule: decision.rule, error: authorizerErrorOf(decision) };

const bundleIn = (folder: string) => createRequire(import.meta.url)(join(folder, "authorizer.js")) as MirrorBundle;

/** The event by which API Gateway asks about a request with this credential, payload format 2.0 (8.1, DOC). */
function eventOf(
  request: HttpRequest,
  { route, pathParameters }: GuardedMatch,
  credential: string,
  nowMs: number,
): object {
  const context: EventContext = {
    api: SOME_API,
    stage: { name: "$default", variables: {} },
    routeKey: route.key,
    routePath: request.path,
    pathParameters,
    requestId: "Mc7UVioPPHcEKPA=",
    receivedAtMs: nowMs,
  };
  return authorizerEvent({ payloadFormat: "2.0", identitySource: [credential] }, context, request);
}

/** A request with the credential where the authorizer looks for it. */
function requestWith(asked: string, source: string | undefined, credential: string): HttpRequest {
  const { method, path } = parseRouteKey(asked) ?? { method: "GET", path: "/" };
  const place = readIdentitySource(source ?? "") ?? { from: "header", name: "authorization" };
  const headers = new Map([
    ["host", domainOf(SOME_API)],
    ["user-agent", "gatehouse"],
  ]);
  if (place.from === "header") headers.set(place.name, credential);
  return new HttpRequest({
    method: method === "ANY" ? "GET" : method,
    path,
    rawQuery: place.from === "query" ? encodedPair(place.name, credential) : "",
    sourceIp: "127.0.0.1",
    protocol: "HTTP/1.1",
    headers,
    rawHeaders: [...headers].flat(),
  });
}

/** An API as AWS's documentation shows one. */
const SOME_API = { apiId: "abcdef1234", account: "123456789012", region: "us-east-1" };
