import type { GuardedRoute, RouteGuard } from "../../assembly/route-guards.ts";
import { HttpRequest, splitTarget } from "../../aws/http-request.ts";
import type { RequestDetail } from "../../console/wire.ts";
import { type AnswerMeaning, meaningOfAnswer } from "../../evidence/answer-meaning.ts";
import type { Evidence, SeenRequest } from "../../evidence/evidence.ts";
import { readEvidence } from "../../evidence/read-evidence.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText } from "../../findings/terminal-text.ts";
import { authorize } from "../../rules/authorize.ts";
import { credentialAt, readIdentitySource, tokenOf } from "../../rules/identity-source.ts";
import { type LogErrorMeaning, meaningOf } from "../../rules/log-error.ts";
import { claimedBy } from "../../rules/unverified-token.ts";
import { verdictOf } from "../../rules/verdict.ts";
import { type FoundRequest, findRequest } from "../../session/running-request.ts";
import { findRunning } from "../../session/running-sessions.ts";
import { appAssembly } from "../app-assembly.ts";
import { caOption } from "../authorities.ts";
import { type AuthorizerOptions, type AuthorizerSource, authorizerOf } from "../authorizer-source.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, list, parseCount, parseTime, repeated } from "../options.ts";
import {
  answerAsJson,
  answerAsText,
  listAsJson,
  listAsText,
  type UnguardedRoute,
  unguardedAsJson,
  unguardedAsText,
} from "../reports/evidence-report.ts";
import { EXIT_CODES, explainedAsJson, explainedAsText } from "../reports/explain-report.ts";
import { readGivenToken } from "../token-source.ts";

interface ExplainOptions extends AuthorizerOptions {
  readonly route?: string;
  readonly scope: readonly string[];
  readonly at?: number;
  readonly error?: string;
  readonly entry?: number;
  readonly json?: boolean;
}

const HELP = `
Give it on standard input, where no list of processes and no history of a shell shows it:
  npx gatehouse explain - < request.txt
It reads a token by itself, in quotes or after 'Authorization: Bearer'; the answer of a token endpoint; a curl command; a raw
HTTP request or answer, also as 'curl -v' prints them; a HAR file; lines of an access log, in JSON or the Common Log
Format; a www-authenticate; the body of a refusal; the event of a function; the apigw-requestid of a request that a
running 'gatehouse local' answered.
Exit code: 0 allowed, 1 refused, 2 cannot tell.`;

export const explain: CliCommand<ExplainOptions> = {
  mistakeExit: 2,
  define: (command) => {
    command
      .argument("[text]", "- reads standard input; else the text itself; none: a request without a token")
      .option(
        "--env <name>",
        "take the authorizer of this environment of cdk.json (default: the one that takes the token)",
      )
      .addOption(contextOption())
      .option("--assembly <dir>", "take the authorizer and the routes of this cloud assembly, of any CDK app")
      .option("--stack <name>", "take only this stack of the assembly")
      .option("--api <name>", "take only this API of the assembly, by its name or logical id")
      .option("--issuer <url>", "take another authorizer: its issuer")
      .option("--audience <list>", "set its audience, several with commas", list)
      .option("--route <key>", "require the scopes of the route that takes this request: 'GET /orders/42'")
      .option("--scope <scope>", "require this scope (repeatable)", repeated, [])
      .option("--jwks <file>", "read the issuer's keys from a file, without network")
      .addOption(caOption())
      .option("--real-issuer", "use the issuer itself even where an embedded one runs")
      .option("--at <time>", "decide as at this time: seconds since 1970 or ISO 8601", parseTime)
      .option("--entry <number>", "explain this entry of a HAR file, or this line of a log", parseCount)
      .option("--error <text>", "explain a text of the access log or of the Lambda authorizer's log instead")
      .option("--json", "print one JSON document")
      .addHelpText("after", HELP);
  },
  run: async ({ args, options: wanted }, io) => {
    const meaning = wanted.error === undefined ? undefined : meaningOf(wanted.error);
    if (meaning) return explainLogText(wanted.error ?? "", meaning, wanted.json === true, io);
    const given = wanted.error ?? (await readGivenToken(args[0], io)) ?? "";
    if (REQUEST_ID.test(given.trim())) return explainRequestId(given.trim(), wanted, io);
    const all = evidenceIn(given, wanted.error !== undefined);
    const one = wanted.entry === undefined ? (all.length > 1 ? undefined : all[0]) : entryOf(all, wanted.entry);
    if (!one) {
      io.out(wanted.json ? jsonText(listAsJson(all), 2) : listAsText(all, io));
      return EXIT_CODES.unknown;
    }
    const requestId = one.answer?.requestId;
    const answered = requestId === undefined ? undefined : await requestHere(requestId, io);
    if (answered) return explainHere(answered, wanted, io);
    return one.answer && guessAt(one) === undefined ? explainAnswer(one, wanted, io) : explainRequest(one, wanted, io);
  },
};

/** @throws Mistake where the text cannot be used */
function evidenceIn(given: string, isLogText: boolean): readonly Evidence[] {
  if (meaningOf(given)) return [{ found: "a text of a log", answer: { authorizerError: given } }];
  const read = readEvidence(given);
  if ("unusable" in read)
    throw new Mistake(read.unusable, {
      what: read.what,
      got: read.got,
      expected: "a token, a request, an answer or a line of a log",
      fix: read.fix,
    });
  if (!isLogText || read.some(({ answer }) => answer !== undefined)) return read;
  throw new Mistake("log-text-unknown", {
    what: "this text of an access log is not known",
    got: given.slice(0, 200),
    expected:
      "a text of $context.authorizer.error, of $context.integrationErrorMessage or of the Lambda authorizer's log",
    fix: "explain the token itself: npx gatehouse explain -",
  });
}

/** What `--error` says of a text that is known. */
function explainLogText(logged: string, meaning: LogErrorMeaning, json: boolean, io: Io): number {
  const { cause, remedy } = meaning;
  io.out(
    json ? jsonText({ logged, ...meaning }, 2) : `cause   ${cause}\nremedy  ${remedy}\nsource  ${sourceOf(meaning)}`,
  );
  return EXIT_CODES.allow;
}

function sourceOf({ words, confidence, fact }: LogErrorMeaning): string {
  const known = fact === undefined ? undefined : `fact ${fact} of docs/conformance.md`;
  if (words === "AWS") return `${known}, ${confidence}`;
  return `Gatehouse's own words, not AWS's${known === undefined ? "" : `: what AWS writes there is not known (UNK); ${known}`}`;
}

function entryOf(all: readonly Evidence[], number: number): Evidence {
  const found = all[number - 1];
  if (found) return found;
  throw new Mistake("entry-unknown", {
    what: "there is no such entry",
    got: `--entry ${number}`,
    expected: `a number from 1 to ${all.length}`,
    fix: "leave --entry out to see the entries",
  });
}

/** Base64 of 11 bytes, as `apigw-requestid` is (2.1.8, OBS+). */
const REQUEST_ID = /^[A-Za-z0-9+/]{15}=$/;

const requestHere = (requestId: string, io: Io) => findRequest(requestId, findRunning(io.env, io.cwd));

/** A request that a running session answered, by the id that its client got. */
async function explainRequestId(requestId: string, wanted: ExplainOptions, io: Io): Promise<number> {
  const found = await requestHere(requestId, io);
  if (found) return explainHere(found, wanted, io);
  throw new Mistake("request-unknown", {
    what: "no running session keeps a request with this id",
    got: requestId,
    expected: "the apigw-requestid of one of the last requests of a 'gatehouse local' that runs with its console",
    fix: "send the request again; of a deployed API give the line of its access log: npx gatehouse explain - < line.json",
  });
}

function explainHere({ session, detail }: FoundRequest, { json }: ExplainOptions, io: Io): number {
  const { method, path, status, requestId, routeKey, cause, authorizerError } = detail as RequestDetail;
  const evidence: Evidence = {
    found: `a request that 'gatehouse local' at ${session.apiUrl} answered`,
    request: { method, url: path, headers: new Map() },
    answer: { status, requestId, routeKey, ...(authorizerError === null ? {} : { authorizerError }) },
  };
  const isRefusal = cause !== null && cause.level === "fail";
  const meaning: AnswerMeaning = {
    status,
    what: isRefusal ? "the gateway itself answered" : "the integration itself answered",
    isRefusal,
    causes: cause === null ? [] : [cause],
    next: undefined,
  };
  io.out(json ? jsonText(answerAsJson(evidence, meaning), 2) : answerAsText(evidence, meaning, io));
  return isRefusal ? EXIT_CODES.deny : EXIT_CODES.allow;
}

/** What an answer or a line of a log says, where there is no token to ask about. */
function explainAnswer(evidence: Evidence, { json }: ExplainOptions, io: Io): number {
  const meaning = meaningOfAnswer(evidence.answer ?? {}, evidence.request);
  io.out(json ? jsonText(answerAsJson(evidence, meaning), 2) : answerAsText(evidence, meaning, io));
  return meaning.isRefusal ? EXIT_CODES.deny : EXIT_CODES.allow;
}

async function explainRequest(evidence: Evidence, wanted: ExplainOptions, io: Io): Promise<number> {
  const guess = evidence.credential ?? guessAt(evidence);
  const asked = { ...wanted, appAssembly: await appAssembly(wanted, io) };
  const source = authorizerOf(asked, io, claimedBy(tokenOf(guess) ?? ""));
  const notes = source.why === undefined ? [] : [source.why];
  const route = routeFor(evidence.request, wanted.route, source, notes);
  const guard: RouteGuard = route?.guard ?? { kind: "jwt", scopes: [], ...source.guard };
  if (guard.kind !== "jwt") return explainUnguarded(route?.key ?? "", guard, wanted, io);
  const { by, issuer, identitySource } = guard;
  const audience = wanted.audience ?? guard.audience;
  const credential = evidence.request
    ? credentialIn(evidence.request, identitySource, guess, notes)
    : evidence.credential;
  const keys = source.keysOf(issuer);
  const scopes = [...guard.scopes, ...wanted.scope];
  const nowSeconds = wanted.at ?? io.nowMs() / 1_000;
  const request = { credential, configuration: { issuer, audience }, scopes };
  const decision = await authorize(request, keys.findKey, nowSeconds, { thorough: true });
  const explained = {
    decision,
    found: evidence.found,
    answer: evidence.answer,
    notes,
    elsewhere: source.elsewhere,
    by,
    authorizer: source.authorizer,
    issuer,
    audience,
    scopes,
    route: route?.key,
    keysFrom: keys.from,
    nowSeconds,
  };
  io.out(wanted.json ? jsonText(explainedAsJson(explained), 2) : explainedAsText(explained, io));
  return EXIT_CODES[verdictOf(decision)];
}

function explainUnguarded(key: string, guard: UnguardedRoute, { json }: ExplainOptions, io: Io): number {
  io.out(json ? jsonText(unguardedAsJson(key, guard), 2) : unguardedAsText(key, guard));
  return guard.kind === "public" ? EXIT_CODES.allow : EXIT_CODES.unknown;
}

/** The route that a person named, or that takes the request at hand. What is not found of the latter is a note only. */
function routeFor(
  request: SeenRequest | undefined,
  named: string | undefined,
  source: AuthorizerSource,
  notes: string[],
): GuardedRoute | undefined {
  if (named !== undefined) {
    const routes = source.routes();
    if (!routes) throw noRoutes(named);
    notes.push(`the route is of ${routes.from}`);
    return routes.get(named);
  }
  if (!request) return undefined;
  const routes = source.routes();
  const asked = `${request.method} ${pathOf(request.url)}`;
  const found = routes?.find(asked)?.route;
  if (routes)
    notes.push(
      found
        ? `the route is of ${routes.from}`
        : `no route takes ${asked}, where API Gateway answers 404 before it looks at a token, unless a domain's mapping key stands before the path; looked at: ${routes.from}`,
    );
  return found;
}

const noRoutes = (given: string) =>
  new Mistake("route-unknown", {
    what: "an issuer has no routes",
    got: `--route '${given}' without an environment`,
    expected: "--env NAME or --assembly DIR, which have routes, or --scope",
    fix: "give the route's scopes by --scope, once each",
  });

/** The path of a URL, or of a target as it stands in a request line, without its query. */
const pathOf = (url: string) => splitTarget(URL.canParse(url) ? new URL(url).pathname : url).path;

const TOKEN = /^(?:Bearer )?[\w-]+\.[\w-]+\.[\w-]*$/;

/** What looks like the token of a request, wherever it stands: for the choice of the authorizer only. */
function guessAt({ credential, request }: Evidence): string | undefined {
  if (credential !== undefined || !request) return credential;
  const { headers } = request;
  return headers.get("authorization") ?? [...headers.values(), ...valuesIn(request)].find((value) => TOKEN.test(value));
}

/** The value at the authorizer's identity source. */
function credentialIn(
  request: SeenRequest,
  [expression = ""]: readonly string[],
  guess: string | undefined,
  notes: string[],
): string | undefined {
  const source = readIdentitySource(expression);
  const found = source && credentialAt(source, readerOf(request));
  if (found === undefined && guess !== undefined)
    notes.push(`the request carries a token elsewhere: the authorizer looks at ${expression} only`);
  return found;
}

const valuesIn = (request: SeenRequest) => [...readerOf(request).queries.values()].flat();

const readerOf = ({ method, url, headers }: SeenRequest) =>
  new HttpRequest({
    method,
    ...splitTarget(url),
    sourceIp: "",
    protocol: "HTTP/1.1",
    headers,
    rawHeaders: [...headers].flat(),
  });
