import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type GivenContext, readProjectEnvironment } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { documentFetcher } from "../keys/fetch-document.ts";
import { IssuerKeys } from "../keys/issuer-keys.ts";
import { locateIn } from "../local/issuer/places.ts";
import { findRunning, type RunningIssuer } from "../local/running.ts";
import { Mistake } from "../mistake.ts";
import type { AuthorizerPolicy, FindKey } from "../rules/decision.ts";
import { readKeySet } from "../rules/key-set.ts";
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
  readonly policy: AuthorizerPolicy;
  /** Undefined where an issuer was given instead. */
  readonly environment: NamedEnvironment | undefined;
  readonly findKey: FindKey;
  /** In words: where the keys are from. */
  readonly keysFrom: string;
}

/** @throws Mistake where the options leave the authorizer or its keys open */
export function trustOf(options: TrustOptions, io: Io): Trust {
  const environment =
    options.issuer === undefined ? readProjectEnvironment(io.cwd, options.env, options.context) : undefined;
  const issuer = options.issuer ?? environment?.issuer ?? "";
  const audience = options.audience ?? environment?.audience;
  if (audience === undefined)
    throw new Mistake("audience-missing", {
      what: "an authorizer has an issuer and an audience",
      got: `--issuer ${issuer} alone`,
      expected: "--audience too: with WSO2 the application's client id",
      fix: `npx gatehouse explain - --issuer ${issuer} --audience CLIENT_ID`,
    });
  return { policy: { issuer, audience }, environment, ...keysOf(issuer, options, io) };
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
export const runningFor = (issuer: string, { env }: Io): RunningIssuer | undefined =>
  findRunning(env)
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
