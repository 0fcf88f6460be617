import type { Ask } from "../http/exchange.ts";
import type { FetchDocument } from "../http/fetch-document.ts";
import { faultOf } from "../http/issuer-fault.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { type KeySet, readKeySet } from "../rules/key-set.ts";
import { forgeTokens } from "../tokens/forged-tokens.ts";
import { findPlaces } from "../wso2/token-endpoint.ts";
import type { AuthorizerMode } from "./expectation.ts";
import type { DeployedOutputs } from "./outputs.ts";
import { isSafe, Prober } from "./probe.ts";
import { awaitApi } from "./readiness.ts";
import { noRealToken, type RealTokenOptions, type RealTokenOutcome, RealTokens, realTokenIn } from "./real-tokens.ts";
import { type SmokeFinding, smokeFinding } from "./result.ts";
import { type ListedRoute, requestsOf, type SmokeRoute } from "./route-request.ts";
import { checkTemplate, type ListedRoutes } from "./template-check.ts";

/** What an environment says of the API that is to be found at the URL. */
export interface SmokeEnvironment {
  readonly name: string;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly identitySource: string;
  readonly authorizer: AuthorizerMode;
  readonly routes: readonly ListedRoute[];
  /** Routes behind another authorizer, which are not tested, by key. @default - none */
  readonly otherRoutes?: readonly string[];
  readonly resultCacheSeconds: number;
}

export interface SmokeOptions extends Omit<RealTokenOptions, "resultCacheSeconds"> {
  readonly url: string;
  readonly environment: SmokeEnvironment;
  /** Where the routes come from. */
  readonly listed: ListedRoutes;
  /** What the stack says of itself, where its outputs were given. */
  readonly outputs: DeployedOutputs | undefined;
  /** How long to wait for an API that is not there yet. */
  readonly waitMs: number;
  /** Whether it is a failure that no real token was let in, such as for lack of credentials. */
  readonly requireToken: boolean;
  readonly onProgress: (step: string) => void;
  readonly world: SmokeWorld;
}

/** What `smoke` reaches outside itself. */
export interface SmokeWorld {
  readonly ask: Ask;
  readonly fetchDocument: FetchDocument;
  readonly nowMs: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface SmokeReport {
  /** The stack whose outputs gave the URL; null where the URL itself was given. */
  readonly stack: string | null;
  readonly url: string;
  /** The host that was connected to in place of the URL's: a region's own endpoint of the domain. Else null. */
  readonly endpoint: string | null;
  readonly environment: string;
  readonly authorizer: AuthorizerMode;
  readonly issuer: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Whether nothing failed. */
  readonly passed: boolean;
  /** Whether a token of the issuer itself was let in, sent in vain, or not sent at all. */
  readonly realToken: RealTokenOutcome;
  readonly results: readonly SmokeFinding[];
}

/**
 * Asks a deployed API what its authorizer does: the public routes, every protected route without a token, tokens that we
 * forge, and the issuer's own. Nothing that is let through changes anything: such requests are GET, HEAD or OPTIONS.
 * @throws Mistake where no such API answers at the URL
 */
export async function runSmoke(options: SmokeOptions): Promise<SmokeReport> {
  const { url, environment, listed, outputs, waitMs, requireToken, onProgress, world } = options;
  const { issuer, audience, authorizer, identitySource, otherRoutes = [] } = environment;
  const { routes, hidden } = requestsOf(environment.routes);
  const { nowMs, sleep } = world;
  const prober = new Prober({ ...world, url, identitySource, mode: authorizer });
  const publicRoutes = routes.filter((route) => route.public);
  const all = routes.filter((route) => !route.public);
  const gate = gateOf(all);
  const first = gate ?? routes[0];
  const checkedAt = new Date(nowMs()).toISOString();

  onProgress(`asking ${new URL(url).host}`);
  if (first) await awaitApi(prober, { url, route: first, waitMs, nowMs, sleep, onProgress });
  const results: SmokeFinding[] = outputs ? [checkOutputs(outputs, environment)] : [];
  results.push(...checkTemplate(environment.routes, listed));
  const published = await fetchKeys(issuer, world.fetchDocument);
  results.push(published.result);

  for (const route of publicRoutes)
    results.push(isSafe(route) ? await prober.check("public", route, "let-through") : notSent(route));
  for (const route of all) results.push(await prober.check("no-token", route, "no-token"));
  for (const { key } of hidden) results.push(smokeFinding("hidden-route", "skipped", HIDDEN, { route: key }));
  for (const route of otherRoutes) results.push(smokeFinding("other-authorizer", "skipped", OTHER, { route }));
  if (gate) {
    onProgress("forging tokens");
    const scopes = [...new Set(all.flatMap((route) => route.scopes))];
    for (const { check, token } of await forgeTokens({ issuer, audience, scopes }, firstKey(published.keys), nowMs()))
      results.push(await prober.check(check, gate, "bad-token", token));
    const real = new RealTokens(
      prober,
      { issuer, audience },
      { all, gate },
      {
        findKey: published.findKey,
        nowMs,
        sleep,
        onProgress,
      },
    );
    results.push(...(await real.checkAll({ ...options, resultCacheSeconds: environment.resultCacheSeconds })));
  }
  const realToken = realTokenIn(results);
  // An API whose routes are all public has nothing to ask a token for.
  if (requireToken && gate && realToken !== "let-in") results.push(noRealToken(realToken));
  const passed = !results.some(({ level }) => level === "fail");
  return {
    stack: outputs?.stack ?? null,
    url,
    endpoint: outputs?.endpoint ?? null,
    environment: environment.name,
    authorizer,
    issuer,
    checkedAt,
    passed,
    realToken,
    results,
  };
}

const HIDDEN = { expected: "a request that this route takes", got: "other routes take each request that was tried" };
const OTHER = { expected: "the authorizer that is tested", got: "behind another authorizer: not tested" };

/** The protected route that asks for least: safe, without scopes. */
const gateOf = (routes: readonly SmokeRoute[]): SmokeRoute | undefined =>
  routes.find((route) => isSafe(route) && route.scopes.length === 0) ?? routes.find(isSafe) ?? routes[0];

const notSent = (route: SmokeRoute): SmokeFinding =>
  smokeFinding(
    "public",
    "skipped",
    { expected: "let through to the function", got: "not sent: it would change something" },
    { route: route.key },
  );

/** Whether what was deployed is what the environment says today. */
function checkOutputs(outputs: DeployedOutputs, { issuer, audience }: SmokeEnvironment): SmokeFinding {
  const wanted = `issuer ${issuer}, audience ${audience.join(",")}`;
  const got = `issuer ${outputs.issuer ?? "not said"}, audience ${outputs.audience ?? "not said"}`;
  return got === wanted
    ? smokeFinding("outputs", "pass", { expected: wanted, got: "the stack was deployed from this environment" })
    : smokeFinding("outputs", "fail", {
        expected: wanted,
        got,
        fix: "deploy this environment, or name the one that was",
      });
}

interface Published {
  readonly keys: KeySet | undefined;
  readonly findKey: FindKey;
  readonly result: SmokeFinding;
}

/** The issuer's keys, as far as this machine can fetch them: the best forgeries name one, and the rules need them. */
async function fetchKeys(issuer: string, fetchDocument: FetchDocument): Promise<Published> {
  const expected = "the issuer's keys can be fetched from here";
  try {
    const { jwksUri } = await findPlaces(issuer, fetchDocument);
    const keys = readKeySet(await fetchDocument(jwksUri));
    const kids = [...(keys?.byKid.keys() ?? [])];
    return {
      keys,
      findKey: (kid) => keys?.byKid.get(kid) ?? { kind: "unknown", kids },
      result: smokeFinding("keys", "pass", { expected, got: `${kids.length} of the issuer's keys are known` }),
    };
  } catch (cause) {
    const { stage, detail } = faultOf(cause, "connect");
    return {
      keys: undefined,
      findKey: () => ({ kind: "unavailable", document: "jwks", stage, detail }),
      result: smokeFinding("keys", "skipped", {
        expected,
        got: `${stage}: ${detail}; forged tokens name an invented key`,
      }),
    };
  }
}

function firstKey(keys: KeySet | undefined) {
  for (const entry of keys?.byKid.values() ?? []) if (entry.kind === "found") return entry.key;
  return undefined;
}
