import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { findProject } from "../../config/project.ts";
import type { NamedEnvironment } from "../../config/read-environment.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import { documentFetcher, type FetchDocument } from "../../http/fetch-document.ts";
import { locateIn } from "../../issuer/issuer-endpoints.ts";
import { discoveryUrlOf } from "../../keys/discovery.ts";
import { authorize } from "../../rules/authorize.ts";
import { authorizerErrorOf } from "../../rules/challenge.ts";
import type { Decision } from "../../rules/decision.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, list } from "../options.ts";
import { runningFor, type TrustOptions, trustOf } from "../trust.ts";

interface MirrorOptions extends TrustOptions {
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

export const mirror: CliCommand = {
  name: "mirror",
  about: "ask the bundled mirror Lambda as API Gateway would",
  define: (command) => {
    command
      .argument("[token]", "the token, alone or after 'Bearer '; - reads it from stdin")
      .option("--env <name>", "the environment whose issuer, audience and routes count (default: dev)")
      .addOption(contextOption())
      .option("--issuer <url>", "another issuer")
      .option("--audience <list>", "its audience, several with commas", list)
      .option("--route <key>", "the route that is asked for", "GET /me")
      .option("--jwks <file>", "the issuer's keys from a file, without network")
      .option("--real-issuer", "ask the issuer itself even where an embedded one runs")
      .option("--json", "one JSON document")
      .addHelpText("after", "\nExit code: 0 where mirror and rules agree, else 1.");
  },
  run: async ({ args, options }, io) => {
    const wanted = options as unknown as MirrorOptions;
    const credential = args[0] === "-" ? (await io.readStdin()).trim() : args[0];
    const { policy, environment, findKey } = trustOf(wanted, io);
    const route = environment?.routes.find(({ method, path }) => `${method} ${path}` === wanted.route);
    if (environment && (route === undefined || route.public)) throw notGuarded(wanted.route, environment);
    const scopes = route?.scopes ?? [];
    const log: string[] = [];
    const ask = bundleOf(io.cwd).createMirror(
      { ...policy, routeScopes: new Map([[wanted.route, scopes]]) },
      { fetchDocument: fetcherFor(policy.issuer, wanted, io), nowMs: io.nowMs, log: (line) => log.push(line) },
    );
    // API Gateway answers 401 itself where the identity source is missing: the function is not called (8.4, DOC).
    const answer =
      credential === undefined ? undefined : await ask(authorizerEvent(wanted.route, credential, io.nowMs()));
    const decision = await authorize({ credential, policy, scopes }, findKey, io.nowMs() / 1_000);
    const agrees = (answer?.isAuthorized ?? false) === decision.allowed;
    io.out(
      wanted.json
        ? jsonText({ agrees, mirror: answer ?? null, explain: verdictOf(decision) }, 2)
        : textOf(answer, decision, agrees, io),
    );
    return agrees ? 0 : 1;
  },
};

const notGuarded = (key: string, { name, routes }: NamedEnvironment) =>
  new Mistake("route-not-guarded", {
    what: `the environment ${name} has no such route with an authorizer: API Gateway asks the mirror for guarded ones alone`,
    got: `--route '${key}'`,
    expected: routes
      .filter((route) => !route.public)
      .map(({ method, path }) => `${method} ${path}`)
      .join(", "),
    fix: "give one of these as it is written: --route 'GET /orders/{id}'",
  });

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

function bundleOf(directory: string): MirrorBundle {
  const file = join(findProject(directory) ?? directory, "dist", "authorizer", "index.cjs");
  if (existsSync(file)) return createRequire(import.meta.url)(file) as MirrorBundle;
  throw new Mistake("bundle-missing", {
    what: "the mirror is not bundled yet",
    got: `no ${file}`,
    expected: "the bundle that 'npm run build' leaves",
    fix: "npm run build, or 'npm run mirror -- TOKEN', which builds first",
  });
}

/** Where the mirror's key client really asks: a file, the running embedded issuer, or the issuer itself. */
function fetcherFor(issuer: string, { jwks, realIssuer }: MirrorOptions, io: Io): FetchDocument {
  if (jwks !== undefined) {
    const text = readFileSync(join(io.cwd, jwks), "utf8");
    const discovery = JSON.stringify({ issuer, jwks_uri: `${new URL(issuer).origin}/jwks` });
    return (url) => Promise.resolve(url === discoveryUrlOf(issuer) ? discovery : text);
  }
  const running = realIssuer ? undefined : runningFor(issuer, io);
  const fetchDocument = documentFetcher({ httpOnLoopback: running !== undefined || issuer.startsWith("http://") });
  return running ? (url) => fetchDocument(locateIn(running, url)) : fetchDocument;
}

/** A whole authorizer event of payload format 2.0 (8.1, DOC). */
function authorizerEvent(routeKey: string, credential: string, nowMs: number): object {
  const [method = "GET", path = "/"] = routeKey.split(" ", 2);
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: `arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/${method}${path}`,
    identitySource: [credential],
    routeKey,
    rawPath: path,
    rawQueryString: "",
    headers: { authorization: credential, host: "abcdef1234.execute-api.us-east-1.amazonaws.com" },
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdef1234",
      domainName: "abcdef1234.execute-api.us-east-1.amazonaws.com",
      domainPrefix: "abcdef1234",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "gatehouse" },
      requestId: "Mc7UVioPPHcEKPA=",
      routeKey,
      stage: "$default",
      time: new Date(nowMs).toUTCString(),
      timeEpoch: nowMs,
    },
  };
}
