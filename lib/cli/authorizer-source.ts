import { resolve } from "node:path";
import { chooseApis } from "../assembly/choose-apis.ts";
import { readAssembly } from "../assembly/read-assembly.ts";
import { type GuardedApi, guardedApi, type JwtGuard } from "../assembly/route-guards.ts";
import { type GivenContext, readProjectEnvironment, readProjectEnvironments } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";
import { isForAudience } from "../rules/audience.ts";
import { findRunning } from "../session/running-sessions.ts";
import type { Io } from "./io.ts";
import { type KeySource, type KeySourceOptions, keySourceOf } from "./key-source.ts";
import { isApiOf, synthesisedApi } from "./project-template.ts";
import { apiOfEnvironment, RouteTable } from "./route-table.ts";

/** What the user said of the authorizer: an environment, an assembly, or an issuer and its audience. */
export interface AuthorizerOptions extends KeySourceOptions {
  readonly env?: string;
  readonly context?: GivenContext;
  /** A cloud assembly, of any CDK app. */
  readonly assembly?: string;
  /** The assembly of the project's app, where the project has no environments. */
  readonly appAssembly?: string | undefined;
  /** A stack of the assembly. */
  readonly stack?: string;
  /** An API of the assembly. */
  readonly api?: string;
  readonly issuer?: string;
  readonly audience?: readonly string[];
}

/** An authorizer, the keys that it would find, and the routes before which it stands. */
export interface AuthorizerSource {
  /** In words: whose it is. */
  readonly authorizer: string;
  readonly guard: Authorizer;
  /** Undefined where none are known: only an issuer was given. */
  routes(): RouteTable | undefined;
  /** @throws Mistake `jwks-missing`, `jwks-broken` */
  keysOf(issuer: string): KeySource;
  /** In words: why this one, where a person might wonder. */
  readonly why: string | undefined;
  /** In words: another authorizer that takes the token, or whose issuer made it. */
  readonly elsewhere: string | undefined;
}

/** What a JWT authorizer is configured with, apart from its routes. */
export type Authorizer = Omit<JwtGuard, "kind" | "scopes">;

/** One authorizer that the question may be about. */
interface Candidate {
  /** In words: `the environment prod`. */
  readonly name: string;
  readonly guard: Authorizer;
  routes(): RouteTable | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * Chooses the authorizer that a command asks. What the options name counts; else the one that takes the token, by its issuer
 * and its audience: of what runs on this machine, then of the project's environments.
 * @param claims of the token at hand, not yet believed; `{}` where there is none
 * @throws Mistake where the options leave the authorizer open
 */
export function authorizerOf(options: AuthorizerOptions, io: Io, claims: Claims): AuthorizerSource {
  const { candidates, preferred, isGiven } = candidatesOf(options, io, claims);
  const chosen = isGiven ? preferred : nearestOf(candidates, preferred, claims);
  if (!chosen) throw noAuthorizer(options);
  const { guard } = chosen;
  const nearest = nearestOf(candidates, chosen, claims);
  return {
    authorizer: `of ${chosen.name}`,
    guard: { ...guard, audience: options.audience ?? guard.audience },
    routes: () => chosen.routes(),
    keysOf: (issuer) => keySourceOf(issuer, options, io),
    why: isGiven || Object.keys(claims).length === 0 ? undefined : whyOf(chosen, chosen === preferred, claims),
    elsewhere: nearest === undefined || nearest === chosen ? undefined : elsewhereText(nearest, claims),
  };
}

const elsewhereText = (other: Candidate, claims: Claims) =>
  fitOf(other, claims) === FITS ? `the token is for ${other.name}` : `the token's issuer is that of ${other.name}`;

/** Why it was chosen, where a person might wonder. */
function whyOf(chosen: Candidate, isPreferred: boolean, claims: Claims): string | undefined {
  const fit = fitOf(chosen, claims);
  if (fit === FITS) return isPreferred ? undefined : `${chosen.name} takes the token's issuer and audience`;
  if (fit === 0) return "no authorizer that is known has the token's issuer or audience";
  const near = fit === 2 ? "the token's issuer and another audience" : "the token's audience and another issuer";
  return `no authorizer that is known takes the token; ${chosen.name} comes nearest, with ${near}`;
}

/** How well an authorizer fits a token: 0 not at all, then its audience, its issuer, both. */
type Fit = 0 | 1 | 2 | 3;
const FITS = 3;

function fitOf({ guard: { issuer, audience } }: Candidate, claims: Claims): Fit {
  const hasIssuer = Object.hasOwn(claims, "iss") && claims.iss === issuer;
  const hasAudience = isForAudience(claims, audience);
  return hasIssuer ? (hasAudience ? FITS : 2) : hasAudience ? 1 : 0;
}

/** The one that fits best; of several the preferred one, then the first. */
function nearestOf(candidates: readonly Candidate[], preferred: Candidate | undefined, claims: Claims) {
  const ordered = preferred ? [preferred, ...candidates] : candidates;
  const best = Math.max(0, ...ordered.map((one) => fitOf(one, claims)));
  return ordered.find((one) => fitOf(one, claims) === best);
}

interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly preferred: Candidate | undefined;
  /** Whether the options name the preferred one: then no other is taken in its place. */
  readonly isGiven: boolean;
}

function candidatesOf(options: AuthorizerOptions, io: Io, claims: Claims): Candidates {
  const { env, context = {}, assembly, issuer } = options;
  if (issuer !== undefined) return { candidates: [], preferred: givenIssuer(issuer, options), isGiven: true };
  if (assembly !== undefined) {
    const candidates = inAssembly(assembly, options, io);
    return { candidates, preferred: candidates[0], isGiven: false };
  }
  const { appAssembly } = options;
  const ofProject =
    appAssembly === undefined
      ? readProjectEnvironments(io.cwd, context).map((one) => ofEnvironment(one, io))
      : inAssembly(appAssembly, options, io);
  if (env !== undefined || (appAssembly === undefined && Object.keys(context).length > 0))
    return {
      candidates: ofProject,
      preferred: ofEnvironment(readProjectEnvironment(io.cwd, env, context), io),
      isGiven: true,
    };
  // Without a token the project's own is meant; and keys given by hand are not those of a running session.
  const asksSessions = Object.hasOwn(claims, "iss") && options.jwks === undefined && options.realIssuer !== true;
  const sessions = asksSessions ? runningNow(io) : [];
  const candidates = [...sessions, ...ofProject];
  const isAnyNear = candidates.some((one) => fitOf(one, claims) > 0);
  const own = () => (appAssembly === undefined ? defaultEnvironment(io, isAnyNear) : ofProject[0]);
  const preferred = sessions.find((one) => fitOf(one, claims) === FITS) ?? own();
  return { candidates, preferred, isGiven: false };
}

/** The environment of anyone who names none. @throws Mistake where it is missing or broken, unless another one may be meant */
function defaultEnvironment(io: Io, isOtherNear: boolean): Candidate | undefined {
  try {
    return ofEnvironment(readProjectEnvironment(io.cwd, undefined), io);
  } catch (error) {
    if (error instanceof Mistake && isOtherNear) return undefined;
    throw error;
  }
}

function givenIssuer(issuer: string, { audience }: AuthorizerOptions): Candidate {
  if (audience === undefined)
    throw new Mistake("audience-missing", {
      what: "an authorizer has an issuer and an audience",
      got: `--issuer ${issuer} without --audience`,
      expected: "--audience too: with WSO2 the application's client id",
      fix: `npx gatehouse explain - --issuer ${issuer} --audience CLIENT_ID`,
    });
  const guard = { by: "native", issuer, audience, identitySource: [DEFAULT_SOURCE] } as const;
  return { name: "--issuer", guard, routes: () => undefined };
}

const DEFAULT_SOURCE = "$request.header.Authorization";

function ofEnvironment(environment: NamedEnvironment, io: Io): Candidate {
  const { name, issuer, audience, authorizer: by, identitySource } = environment;
  return {
    name: `the environment ${name}`,
    guard: { by, issuer, audience, identitySource: [identitySource] },
    routes: () => routesOfEnvironment(environment, io),
  };
}

/** The routes that run or were synthesised last, which have what a stack adds; else those of `cdk.json`. */
function routesOfEnvironment(environment: NamedEnvironment, { cwd, env, nowMs }: Io): RouteTable {
  const { name } = environment;
  const running = findRunning(env, cwd).find((one) => one.environment === name && one.folder === cwd);
  const api = running?.apis?.find((one) => isApiOf(environment, one));
  if (running && api) return new RouteTable(`the API that runs at ${running.apiUrl}`, api);
  const synthesised = synthesisedApi(environment, cwd);
  if (synthesised) {
    const minutes = Math.max(0, Math.round((nowMs() - synthesised.synthesisedAtMs) / 60_000));
    return new RouteTable(`the template in ${synthesised.directory}, synthesised ${ago(minutes)}`, synthesised.api);
  }
  return new RouteTable(`${name} in cdk.json, without what the stack adds`, apiOfEnvironment(environment), false);
}

const MINUTES_A_DAY = 1_440;

const ago = (minutes: number) =>
  minutes < 120
    ? `${minutes} minutes ago`
    : minutes < 2 * MINUTES_A_DAY
      ? `${Math.round(minutes / 60)} hours ago`
      : `${Math.round(minutes / MINUTES_A_DAY)} days ago`;

function inAssembly(directory: string, choice: AuthorizerOptions, { cwd }: Io): readonly Candidate[] {
  const apis = chooseApis(readAssembly(resolve(cwd, directory)), choice);
  return apis.flatMap((api) =>
    guardsIn(guardedApi(api), `${api.stack}/${api.name} in ${directory}`, `the API ${api.name} of ${directory}`),
  );
}

/** What runs for this user, that of this folder first. */
const runningNow = ({ env, cwd }: Io): readonly Candidate[] =>
  findRunning(env, cwd).flatMap(({ apiUrl, environment, folder, apis = [] }) =>
    apis.flatMap((api) =>
      guardsIn(
        api,
        `the API that runs at ${apiUrl}`,
        environment === null || folder !== cwd
          ? `the 'gatehouse local' at ${apiUrl}`
          : `the environment ${environment}`,
      ),
    ),
  );

/** The different JWT authorizers of an API. */
function guardsIn(api: GuardedApi, from: string, name: string): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { guard } of api.routes) {
    if (guard.kind !== "jwt") continue;
    const { by, issuer, audience, identitySource } = guard;
    const key = JSON.stringify([by, issuer, audience, identitySource]);
    if (found.has(key)) continue;
    const routes = () => new RouteTable(from, api);
    found.set(key, { name, guard: { by, issuer, audience, identitySource }, routes });
  }
  return [...found.values()];
}

const noAuthorizer = ({ appAssembly, assembly = appAssembly ?? "the project" }: AuthorizerOptions) =>
  new Mistake("authorizer-missing", {
    what: "no route has a JWT authorizer that a token could be held against",
    got: assembly,
    expected: "an API with a JWT authorizer, or with this project's Lambda authorizer",
    fix: "give another --assembly, --stack or --api; or --issuer and --audience",
  });
