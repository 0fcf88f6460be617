import { isDeepStrictEqual } from "node:util";
import { type GivenContext, readProjectEnvironment } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";
import type { JwtConfiguration } from "../rules/jwt-configuration.ts";
import { runningIssuerOf } from "../session/running-issuer.ts";
import { findRunning, type RunningIssuer } from "../session/running-sessions.ts";
import type { Io } from "./io.ts";
import { type KeySource, type KeySourceOptions, keySourceOf } from "./key-source.ts";
import { type RouteTable, routesOfEnvironment } from "./route-table.ts";

/** What the user said of the authorizer: an environment, or an issuer and its audience. */
export interface AuthorizerOptions extends KeySourceOptions {
  readonly env?: string;
  readonly context?: GivenContext;
  readonly issuer?: string;
  readonly audience?: readonly string[];
}

/** An authorizer, the keys that it would find, and the routes before which it stands. */
export interface AuthorizerSource {
  /** In words: whose it is. */
  readonly authorizer: string;
  readonly configuration: JwtConfiguration;
  /** Where a request carries its token; undefined where only an issuer was given. */
  readonly identitySource: string | undefined;
  /** Undefined where none are known: an issuer was given, or another template runs. */
  readonly routes: RouteTable | undefined;
  readonly keys: KeySource;
}

/**
 * Which authorizer a command asks, and whose keys.
 * @param iss what the token at hand says of its issuer: where nothing was said of the authorizer, it may be that of
 * another template that runs here
 * @throws Mistake where the options leave the authorizer or its keys open
 */
export function authorizerOf(options: AuthorizerOptions, io: Io, iss?: unknown): AuthorizerSource {
  const session = typeof iss === "string" && saysNothing(options) ? runningIssuerOf(iss, io.env, io.cwd) : undefined;
  const ofSession = session && environmentOf(session, io);
  if (session && !ofSession)
    return {
      authorizer: `of the 'gatehouse local' that runs for the token's issuer; --env takes an environment's`,
      configuration: { issuer: session.issuer, audience: session.audience },
      identitySource: undefined,
      routes: undefined,
      keys: keySourceOf(session.issuer, options, io),
    };
  const environment =
    ofSession ??
    (options.issuer === undefined ? readProjectEnvironment(io.cwd, options.env, options.context) : undefined);
  const issuer = options.issuer ?? environment?.issuer ?? "";
  const audience = options.audience ?? environment?.audience;
  if (audience === undefined)
    throw new Mistake("audience-missing", {
      what: "an authorizer has an issuer and an audience",
      got: `--issuer ${issuer} without --audience`,
      expected: "--audience too: with WSO2 the application's client id",
      fix: `npx gatehouse explain - --issuer ${issuer} --audience CLIENT_ID`,
    });
  return {
    authorizer: environment ? `of the environment ${environment.name}` : "of --issuer",
    configuration: { issuer, audience },
    identitySource: environment?.identitySource,
    routes: environment && routesOfEnvironment(environment),
    keys: keySourceOf(issuer, options, io),
  };
}

const saysNothing = ({ env, context, issuer, audience, jwks, realIssuer }: AuthorizerOptions) =>
  realIssuer !== true &&
  [env, issuer, audience, jwks].every((one) => one === undefined) &&
  Object.keys(context ?? {}).length === 0;

/** The project's environment that says what runs: the one that was started, else the default. It knows the routes. */
function environmentOf({ issuer, audience }: RunningIssuer, io: Io): NamedEnvironment | undefined {
  const started = findRunning(io.env, io.cwd).find(({ issuers }) => issuers.some((one) => one.issuer === issuer));
  return [started?.environment ?? undefined, undefined]
    .map((name) => environmentNamed(name, io))
    .find((one) => one?.issuer === issuer && isDeepStrictEqual(one.audience.toSorted(), audience.toSorted()));
}

function environmentNamed(name: string | undefined, { cwd }: Io): NamedEnvironment | undefined {
  try {
    return readProjectEnvironment(cwd, name);
  } catch (error) {
    // A folder without such an environment: the template of another one runs.
    if (error instanceof Mistake) return undefined;
    throw error;
  }
}
