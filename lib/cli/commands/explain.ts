import { Mistake } from "../../findings/mistake.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import { authorize } from "../../rules/authorize.ts";
import { type LogErrorMeaning, meaningOf } from "../../rules/log-error.ts";
import { claimedBy } from "../../rules/unverified-token.ts";
import { type AuthorizerOptions, authorizerOf } from "../authorizer-source.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, list, parseTime, repeated } from "../options.ts";
import { EXIT_CODES, explainedAsJson, explainedAsText, verdictOf } from "../reports/explain-report.ts";
import type { KnownRoute, RouteTable } from "../route-table.ts";
import { readGivenToken } from "../token-source.ts";

interface ExplainOptions extends AuthorizerOptions {
  readonly route?: string;
  readonly scope: readonly string[];
  readonly at?: number;
  readonly error?: string;
  readonly json?: boolean;
}

export const explain: CliCommand = {
  mistakeExit: 2,
  define: (command) => {
    command
      .argument("[token]", "the token, alone or after 'Bearer '; - reads it from stdin; none: a request without one")
      .option(
        "--env <name>",
        "the environment of cdk.json whose authorizer is asked (default: what runs for the token's issuer, else dev)",
      )
      .addOption(contextOption())
      .option("--issuer <url>", "another authorizer: its issuer")
      .option("--audience <list>", "its audience, several with commas", list)
      .option("--route <key>", "the route, such as 'GET /orders', whose scopes are asked for")
      .option("--scope <scope>", "a scope that the route asks for, repeatable", repeated, [])
      .option("--jwks <file>", "the issuer's keys from a file, without network")
      .option("--real-issuer", "ask the issuer itself even where an embedded one runs")
      .option("--at <time>", "decide as if it were then: seconds since 1970 or ISO 8601", parseTime)
      .option("--error <text>", "explain a text of the access log or of the mirror's log instead")
      .option("--json", "one JSON document")
      .addHelpText("after", "\nExit code: 0 allowed, 1 refused, 2 cannot tell.");
  },
  run: async ({ args, options }, io) => {
    const wanted = options as unknown as ExplainOptions;
    if (wanted.error !== undefined) return explainError(wanted.error, wanted.json === true, io);
    const credential = await readGivenToken(args[0], io);
    const { iss } = claimedBy(credential ?? "");
    const { authorizer, configuration, routes, keys } = authorizerOf(wanted, io, iss);
    const route = wanted.route === undefined ? undefined : routeNamed(wanted.route, routes);
    if (route?.isPublic) return explainPublic(route.key, wanted.json === true, io);
    const scopes = [...(route?.scopes ?? []), ...wanted.scope];
    const nowSeconds = wanted.at ?? io.nowMs() / 1_000;
    const decision = await authorize({ credential, configuration, scopes }, keys.findKey, nowSeconds, {
      thorough: true,
    });
    const { issuer, audience } = configuration;
    const explained = {
      decision,
      authorizer,
      issuer,
      audience,
      scopes,
      route: route?.key,
      keysFrom: keys.from,
      nowSeconds,
    };
    io.out(wanted.json ? jsonText(explainedAsJson(explained), 2) : explainedAsText(explained, io));
    return EXIT_CODES[verdictOf(decision)];
  },
};

function routeNamed(given: string, routes: RouteTable | undefined): KnownRoute {
  if (routes) return routes.get(given);
  throw new Mistake("route-unknown", {
    what: "an issuer alone has no routes",
    got: `--route '${given}' without an environment`,
    expected: "--env NAME, whose routes are in cdk.json, or --scope",
    fix: "give the route's scopes by --scope, once each",
  });
}

function explainPublic(route: string, json: boolean, io: Io): number {
  const text = `${route} is public by its own word: API Gateway asks for no token there`;
  io.out(json ? jsonText({ verdict: "allow", allowed: true, status: 200, public: true, route }) : printable(text));
  return 0;
}

function explainError(logged: string, json: boolean, io: Io): number {
  const meaning = meaningOf(logged);
  if (!meaning)
    throw new Mistake("log-text-unknown", {
      what: "this text of an access log is not known",
      got: logged.slice(0, 200),
      expected: "a text of $context.authorizer.error, of $context.integrationErrorMessage or of the mirror's log",
      fix: "explain the token itself: npx gatehouse explain -",
    });
  const { cause, remedy } = meaning;
  io.out(
    json ? jsonText({ logged, ...meaning }, 2) : `cause   ${cause}\nremedy  ${remedy}\nsource  ${sourceOf(meaning)}`,
  );
  return 0;
}

function sourceOf({ words, confidence, fact }: LogErrorMeaning): string {
  const known = fact === undefined ? undefined : `fact ${fact} of docs/conformance.md`;
  if (words === "AWS") return `${known}, ${confidence}`;
  return `Gatehouse's own words, not AWS's${known === undefined ? "" : `: what AWS writes there is not known (UNK); ${known}`}`;
}
