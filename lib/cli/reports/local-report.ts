import { isRefusedEverywhere, placesOf } from "../../assembly/doubtful-calls.ts";
import type {
  Assembly,
  AuthorizationModel,
  DeploymentFinding,
  Placeholder,
  RouteModel,
  Unserved,
  UnservedPart,
} from "../../assembly/model.ts";
import { printable } from "../../findings/terminal-text.ts";
import type { Administration } from "../../issuer/administrator.ts";
import { issuersOf } from "../../session/issuers.ts";
import type { Session } from "../../session/session.ts";
import type { Paint } from "../io.ts";

export interface Banner {
  readonly session: Session;
  readonly assembly: Assembly;
  /** Names what is served. */
  readonly title: string;
  /** Undefined without a console. */
  readonly consoleUrl: string | undefined;
  readonly readyMs: number;
  readonly isWatching: boolean;
  readonly paint: Paint;
}

/** What a person sees when everything runs. */
export function bannerOf({ session, assembly, title, consoleUrl, readyMs, isWatching, paint }: Banner): string {
  const { gateways, issuers } = session;
  const lines = [`${paint.bold("Gatehouse")}  ${printable(title)}  ready in ${(readyMs / 1_000).toFixed(1)} s`, ""];
  for (const { api, url } of gateways) {
    lines.push(`${paint.bold("API")}     ${paint.cyan(url)}  ${printable(`${api.name}, of the stack ${api.stack}`)}`);
    for (const stage of api.stages)
      if (stage.name !== "$default") lines.push(`        stage ${printable(`${url}/${stage.name}`)}`);
    for (const { name, mappings } of api.domains ?? [])
      for (const { key, stage } of mappings)
        lines.push(
          `        domain ${printable(`${name}/${key}`)} is the stage ${printable(stage)}: curl -H 'Host: ${printable(name)}' ${printable(`${url}/${key}`)}`,
        );
    for (const route of api.routes)
      lines.push(`        ${printable(route.key).padEnd(24)} ${printable(guardOf(route))}`);
  }
  for (const { issuer, audience, standsFor } of issuersOf(gateways.map(({ api }) => api))) {
    const standIn = issuers.find((one) => one.issuer === issuer);
    lines.push(
      `${paint.bold("Issuer")}  ${printable(`${issuer}  for ${audience.join(", ")}`)}`,
      ...(standsFor === undefined ? [] : [`        in place of ${printable(standsFor)}`]),
      `        ${standIn ? `answered by the embedded issuer at ${standIn.issuerUrl}` : "asked itself (--real-issuer)"}`,
      ...(standIn ? clientLines(standIn, paint) : []),
      ...(standIn?.administration && isOwnUrl(issuer) ? [administrationLine(standIn.administration, paint)] : []),
    );
  }
  if (consoleUrl !== undefined) lines.push(`${paint.bold("Console")} ${paint.cyan(consoleUrl)}`);
  lines.push(
    ...assembly.unserved.map((one) => unservedLine(one, paint)),
    ...assembly.placeholders.map((one) => placeholderLine(one, paint)),
    ...assembly.findings.map((one) => findingLine(one, paint)),
  );
  return [
    ...lines,
    "",
    ...tryLines(session, paint),
    "",
    paint.dim(`Ctrl-C stops it. Each request is a line below.${isWatching ? " What you save is served at once." : ""}`),
  ].join("\n");
}

/** What an SDK or Postman needs. The secrets are made up at each start, and good at the embedded issuer only. */
const clientLines = ({ clients, users }: Session["issuers"][number], paint: Paint): string[] =>
  clients.map(({ clientId, clientSecret }, at) => {
    const people = users.map(({ name }) => name).join(" or ");
    return `${at === 0 ? paint.bold("Client") : "      "}  ${printable(`${clientId}  secret ${clientSecret}`)}${at === 0 ? printable(`  sign in as ${people}`) : ""}`;
  });

/** `wso2 register` asks the issuer at its own address: only one that is its own URL answers there. */
const isOwnUrl = (issuer: string) => issuer.startsWith("http://localhost:");

const administrationLine = ({ administrator, application }: Administration, paint: Paint): string =>
  administrator
    ? `${paint.bold("Admin")}   ${administrator.name}  password ${administrator.password}  for gatehouse wso2 register`
    : `${paint.bold("Admin")}   ${application.clientId}  secret ${application.clientSecret}  its tokens are management tokens`;

export const unservedLine = ({ name, type, what, fix }: Unserved, paint: Paint): string =>
  `${paint.yellow("Not served")}  ${printable(`${name} (${type}): ${what}; ${fix}`)}`;

/** What only a deployment knows. */
export const placeholderLine = ({ name, what, got, fix }: Placeholder, paint: Paint): string =>
  `${paint.yellow("Placeholder")}  ${printable(`${name}, ${got}: ${what}; ${fix}`)}`;

/** What AWS refuses, or does to everybody's surprise. */
export const findingLine = ({ level, name, what, got, fix }: DeploymentFinding, paint: Paint): string =>
  `${level === "fail" ? paint.red("AWS refuses") : paint.yellow("Beware")}  ${printable(`${name}: ${what} (${got}); ${fix}`, LONGEST_FINDING)}`;

/** Two ARNs stand in some. */
const LONGEST_FINDING = 1_500;

/** What a route asks of a request, or why it answers 500. */
export function guardOf(route: RouteModel): string {
  const { authorization, integration, doubtfulCalls = [] } = route;
  if (authorization.kind === "unserved") return unservedText(authorization);
  if (integration.kind === "unserved") return unservedText(integration);
  if (isRefusedEverywhere(route)) return "answers 500: API Gateway may not call its function";
  const refused = doubtfulCalls.filter((call) => call.verdict.kind === "refused" && !call.isAssumed).map(placesOf);
  return [askedOf(route.key, authorization), ...refused.map((where) => `and answers 500${where}`)].join(", ");
}

const unservedText = ({ refusal }: UnservedPart) =>
  refusal === undefined ? "answers 500: not served here" : "answers 500: AWS would refuse it";

function askedOf(key: string, authorization: Exclude<AuthorizationModel, { kind: "unserved" }>): string {
  switch (authorization.kind) {
    case "none":
      return "public";
    case "jwt":
      return tokenWith(authorization.scopes);
    case "request": {
      const { name, mirror } = authorization.authorizer;
      const scopes = mirror?.routeScopes[key];
      return `${scopes === undefined ? "" : `${tokenWith(scopes)}, by the `}Lambda authorizer ${name}`;
    }
  }
}

const tokenWith = (scopes: readonly string[]) =>
  scopes.length === 0 ? "a token" : `a token with ${scopes.join(" or ")}`;

/** Three commands to paste: no token, a good one, an expired one. */
function tryLines({ gateways, issuers }: Session, paint: Paint): string[] {
  const [gateway] = gateways;
  const routes = gateway?.api.routes.filter((route) => /^(GET|ANY) /.test(route.key) && takesTokens(route)) ?? [];
  const route = routes.find(({ key }) => !key.includes("{")) ?? routes[0];
  if (!gateway || !route || issuers.length === 0) return [];
  const url = shellWord(`${gateway.url}${route.key.replace(/^\w+ /, "").replace(/\{[^}]+\}/g, "1")}`);
  const withToken = (words: string) => `curl -i -H "Authorization: Bearer $(npx gatehouse token${words})" ${url}`;
  return [paint.bold("Try"), `  curl -i ${url}`, `  ${withToken("")}`, `  ${withToken(" --flaw expired")}`];
}

/** A template decides what stands in a path: pasted into a shell it stays one word. */
const shellWord = (text: string) =>
  /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", String.raw`'\''`)}'`;

/** Whether a token of the embedded issuer opens it. */
const takesTokens = ({ key, authorization }: RouteModel) =>
  authorization.kind === "jwt" ||
  (authorization.kind === "request" && authorization.authorizer.mirror?.routeScopes[key] !== undefined);
