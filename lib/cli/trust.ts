import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type GivenContext, readProjectEnvironment } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";
import { documentFetcher } from "../http/fetch-document.ts";
import { locateIn } from "../issuer/issuer-endpoints.ts";
import { IssuerKeys } from "../keys/issuer-keys.ts";
import type { AuthorizerPolicy, FindKey } from "../rules/decision.ts";
import { readKeySet } from "../rules/key-set.ts";
import { findRunning, type RunningIssuer } from "../session/running-sessions.ts";
import type { Io } from "./io.ts";

/** What the user said of the authorizer: an environment, or an issuer and its audience. */
export interface TrustOptions {
  readonly env?: string;
  readonly context?: GivenContext;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly jwks?: string;
  readonly realIssuer?: boolean;
}

/** An authorizer, and the keys that it would find. */
export interface Trust {
  /** In words: whose it is. */
  readonly authorizer: string;
  readonly policy: AuthorizerPolicy;
  /** Undefined where it is of no environment: an issuer was given, or another template runs. */
  readonly environment: NamedEnvironment | undefined;
  readonly findKey: FindKey;
  /** In words: where the keys are from. */
  readonly keysFrom: string;
}

/**
 * @param iss what the token at hand says of its issuer: where nothing was said of the authorizer, it may be that of
 * another template that runs here
 * @throws Mistake where the options leave the authorizer or its keys open
 */
export function trustOf(options: TrustOptions, io: Io, iss?: unknown): Trust {
  const session = typeof iss === "string" && saysNothing(options) ? runningFor(iss, io) : undefined;
  const ofSession = session && environmentOf(session, io);
  if (session && !ofSession)
    return {
      authorizer: `of the 'gatehouse local' that runs for the token's issuer; --env takes an environment's`,
      policy: { issuer: session.issuer, audience: session.audience },
      environment: undefined,
      ...keysOf(session.issuer, options, io),
    };
  const environment =
    ofSession ??
    (options.issuer === undefined ? readProjectEnvironment(io.cwd, options.env, options.context) : undefined);
  const issuer = options.issuer ?? environment?.issuer ?? "";
  const audience = options.audience ?? environment?.audience;
  if (audience === undefined)
    throw new Mistake("audience-missing", {
      what: "an authorizer has an issuer and an audience",
      got: `--issuer ${issuer} alone`,
      expected: "--audience too: with WSO2 the application's client id",
      fix: `npx gatehouse explain - --issuer ${issuer} --audience CLIENT_ID`,
    });
  const authorizer = environment ? `of the environment ${environment.name}` : "of --issuer";
  return { authorizer, policy: { issuer, audience }, environment, ...keysOf(issuer, options, io) };
}

const saysNothing = ({ env, context, issuer, audience, jwks, realIssuer }: TrustOptions) =>
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

function keysOf(issuer: string, options: TrustOptions, io: Io): Pick<Trust, "findKey" | "keysFrom"> {
  if (options.jwks !== undefined) return { findKey: keysInFile(resolve(io.cwd, options.jwks)), keysFrom: options.jwks };
  const running = options.realIssuer ? undefined : runningFor(issuer, io);
  if (running) {
    const fetchDocument = documentFetcher({ httpOnLoopback: true });
    const located = (url: string) => fetchDocument(locateIn(running, url));
    return {
      findKey: new IssuerKeys({ issuer, fetchDocument: located, nowMs: io.nowMs }).find,
      keysFrom: `the embedded issuer at ${running.issuerUrl}`,
    };
  }
  const fetchDocument = documentFetcher({ httpOnLoopback: issuer.startsWith("http://") });
  return {
    findKey: new IssuerKeys({ issuer, fetchDocument, nowMs: io.nowMs }).find,
    keysFrom: "the issuer itself, by discovery",
  };
}

/** The embedded issuer of this user that stands in for `issuer` now. */
export const runningFor = (issuer: string, { env, cwd }: Io): RunningIssuer | undefined =>
  findRunning(env, cwd)
    .flatMap(({ issuers }) => issuers)
    .find((one) => one.issuer === issuer);

function keysInFile(file: string): FindKey {
  const say = { expected: 'a JWKS: {"keys": […]}', fix: "save the answer of the issuer's jwks_uri into it" };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Mistake("jwks-missing", { what: "the JWKS file cannot be read", got: file, ...say }, { cause });
  }
  const set = readKeySet(text);
  if (!set) throw new Mistake("jwks-broken", { what: "the file holds no JWKS", got: file, ...say });
  return (kid) => set.byKid.get(kid) ?? { kind: "unknown", kids: [...set.byKid.keys()] };
}
