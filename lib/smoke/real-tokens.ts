import { refusalFinding } from "../findings/refusal.ts";
import { authorize } from "../rules/authorize.ts";
import type { Decision } from "../rules/decision.ts";
import type { JwtConfiguration } from "../rules/jwt-configuration.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { scopesOf } from "../rules/scope.ts";
import { claimedBy } from "../rules/unverified-token.ts";
import { tampered } from "../tokens/forged-tokens.ts";
import type { Grant, GrantToken } from "../wso2/token-request.ts";
import { isSafe, type Prober } from "./probe.ts";
import { type SmokeCode, type SmokeFinding, smokeFinding } from "./result.ts";
import type { SmokeRoute } from "./route-request.ts";

export interface RealTokenOptions {
  /** Undefined where no credentials were given. */
  readonly grantToken: GrantToken | undefined;
  /** The same for an application that the authorizer's audience does not list. */
  readonly grantOther: GrantToken | undefined;
  /** A token that was good once. */
  readonly expiredToken: string | undefined;
  /** Wait until the token that was granted expires, and ask once more. */
  readonly waitExpiry: boolean;
  /** How long a Lambda authorizer's answer is kept: an expired token may be let through so long. */
  readonly resultCacheSeconds: number;
}

export interface RealTokenWorld {
  readonly findKey: FindKey;
  readonly nowMs: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly onProgress: (step: string) => void;
}

/** The checks that only a token of the issuer itself can make. `routes` are the protected ones, at least one. */
export class RealTokens {
  readonly #prober: Prober;
  readonly #configuration: JwtConfiguration;
  readonly #routes: readonly SmokeRoute[];
  /** Where a token that any good one would do for is tried. */
  readonly #gate: SmokeRoute;
  readonly #world: RealTokenWorld;

  constructor(
    prober: Prober,
    configuration: JwtConfiguration,
    routes: { readonly all: readonly SmokeRoute[]; readonly gate: SmokeRoute },
    world: RealTokenWorld,
  ) {
    this.#prober = prober;
    this.#configuration = configuration;
    this.#routes = routes.all;
    this.#gate = routes.gate;
    this.#world = world;
  }

  async checkAll(options: RealTokenOptions): Promise<readonly SmokeFinding[]> {
    const { grantToken, grantOther, expiredToken, waitExpiry, resultCacheSeconds } = options;
    const results: SmokeFinding[] = [];
    const token = grantToken && (await this.#granted(grantToken, this.#allScopes(), "issuer-token", results));
    if (grantToken === undefined) results.push(NO_CREDENTIALS);
    else if (token !== undefined) results.push(...(await this.#checkGranted(token, grantToken)));
    results.push(...(await this.#checkOther(grantOther)));
    if (waitExpiry && token !== undefined) results.push(await this.#awaitExpiry(token, resultCacheSeconds));
    else if (expiredToken !== undefined) results.push(await this.#checkExpired(expiredToken));
    else results.push(NOT_EXPIRED);
    return results;
  }

  #allScopes(): readonly string[] {
    return [...new Set(this.#routes.flatMap(({ scopes }) => scopes))];
  }

  async #granted(
    grantToken: GrantToken,
    scopes: readonly string[],
    check: SmokeCode,
    results: SmokeFinding[],
  ): Promise<string | undefined> {
    this.#world.onProgress("asking the issuer for a token");
    const grant = await grantToken(scopes);
    if (grant.kind === "granted") return grant.token;
    results.push(smokeFinding(check, "fail", { expected: "a token from the issuer", ...refusalText(grant) }));
    return undefined;
  }

  async #checkGranted(token: string, grantToken: GrantToken): Promise<readonly SmokeFinding[]> {
    const results = await this.#checkRoutes(token);
    // Where the token itself is refused, changing it or asking for another shows nothing more.
    if (results[0]?.level === "fail") return results;
    const changed = tampered(token);
    return [
      ...results,
      ...(await this.#checkWithoutScopes(grantToken)),
      ...(changed === undefined ? [] : [await this.#prober.check("tampered", this.#gate, "bad-token", changed)]),
    ];
  }

  /** What the rules say, then each route: through where it asks for no scope or for one that the token holds. */
  async #checkRoutes(token: string): Promise<readonly SmokeFinding[]> {
    const decision = await this.#decide(token);
    const held = scopesIn(token);
    const results: SmokeFinding[] = [];
    for (const route of [this.#gate, ...this.#routes.filter((one) => one !== this.#gate)]) {
      results.push(await this.#tryRoute(route, held, token));
      // Where the rules and the API refuse the token itself, no route has more to say.
      if (route === this.#gate) results.unshift(verdictOf(decision, results[0]?.level !== "fail"));
      if (results[0]?.level === "fail") break;
    }
    return results;
  }

  async #tryRoute(route: SmokeRoute, held: readonly string[], token: string): Promise<SmokeFinding> {
    const wanted = wantedAt(route, held);
    const check = route.scopes.length === 0 ? "token" : wanted === "let-through" ? "scope" : "no-scope";
    if (wanted === "let-through" && !isSafe(route))
      return smokeFinding(check, "skipped", NOT_SENT, { route: route.key });
    return this.#prober.check(check, route, wanted, token);
  }

  /** A token that asked for no scope: through where none is asked, 403 where one is. */
  async #checkWithoutScopes(grantToken: GrantToken): Promise<readonly SmokeFinding[]> {
    const scoped = this.#routes.filter(({ scopes }) => scopes.length > 0);
    if (scoped.length === 0) return [];
    const results: SmokeFinding[] = [];
    const token = await this.#granted(grantToken, [], "unscoped-token", results);
    if (token === undefined) return results;
    const held = scopesIn(token);
    // First where it is let through: an answer that a Lambda authorizer keeps must not count for another route (8.9).
    if (this.#gate.scopes.length === 0 && isSafe(this.#gate))
      results.push(await this.#prober.check("unscoped-token", this.#gate, "let-through", token));
    for (const route of scoped)
      results.push(
        wantedAt(route, held) === "no-scope"
          ? await this.#prober.check("no-scope", route, "no-scope", token)
          : smokeFinding("no-scope", "skipped", GIVEN_UNASKED, { route: route.key }),
      );
    return results;
  }

  async #checkOther(grantOther: GrantToken | undefined): Promise<readonly SmokeFinding[]> {
    if (grantOther === undefined) return [NO_OTHER];
    const results: SmokeFinding[] = [];
    const token = await this.#granted(grantOther, [], "other-application", results);
    if (token === undefined) return results;
    const decision = await this.#decide(token);
    if (decision.allowed)
      return [
        smokeFinding("other-application", "fail", {
          expected: "a token whose aud is not of the authorizer's audience",
          got: "the other application's token fits",
          fix: "set WSO2_OTHER_CLIENT_ID to an application that the environment's audience does not list",
        }),
      ];
    return [await this.#prober.check("other-application", this.#gate, "bad-token", token)];
  }

  async #checkExpired(token: string): Promise<SmokeFinding> {
    const leftSeconds = (expiryOf(token) ?? 0) - this.#world.nowMs() / 1_000;
    if (leftSeconds <= 0) return this.#prober.check("expired", this.#gate, "bad-token", token);
    return smokeFinding("expired", "fail", {
      expected: "a token whose exp is over",
      got: `it is good for ${Math.ceil(leftSeconds)} more seconds`,
      fix: "give an older one, or --wait-expiry",
    });
  }

  async #awaitExpiry(token: string, resultCacheSeconds: number): Promise<SmokeFinding> {
    const expiry = expiryOf(token);
    if (expiry === undefined)
      return smokeFinding("expired", "skipped", { expected: "a token with exp", got: "the token has none" });
    const leftMs = (expiry + CLOCK_MARGIN_SECONDS + resultCacheSeconds) * 1_000 - this.#world.nowMs();
    if (leftMs > 0) {
      this.#world.onProgress(`waiting ${Math.ceil(leftMs / 1_000)} s until the token has expired`);
      await this.#world.sleep(leftMs);
    }
    return this.#prober.check("expired", this.#gate, "bad-token", token);
  }

  #decide(token: string): Decision | Promise<Decision> {
    const request = { credential: `Bearer ${token}`, configuration: this.#configuration, scopes: [] };
    return authorize(request, this.#world.findKey, this.#world.nowMs() / 1_000);
  }
}

export type RealTokenOutcome = "let-in" | "refused" | "none";

const WOULD_LET_IN: ReadonlySet<SmokeCode> = new Set(["token", "scope", "unscoped-token"]);

/** What became of the tokens of the application whose tokens should be let in. */
export function realTokenIn(results: readonly SmokeFinding[]): RealTokenOutcome {
  const asked = results.filter(({ tries }) => tries > 0);
  if (asked.some(({ code, level }) => WOULD_LET_IN.has(code) && level !== "fail")) return "let-in";
  return asked.some(({ code }) => code === "no-scope" || WOULD_LET_IN.has(code)) ? "refused" : "none";
}

/** What `--require-token` finds where no token got in: all else passes before an API of another issuer as well. */
export const noRealToken = (outcome: Exclude<RealTokenOutcome, "let-in">): SmokeFinding =>
  smokeFinding("real-token", "fail", {
    expected: "a real token is let in",
    got: outcome === "none" ? "no real token was tried" : "no real token was let in",
    fix: "set WSO2_CLIENT_ID and WSO2_CLIENT_SECRET to an application of the audience; a protected GET route whose scopes it holds has to be there",
  });

/** API Gateway's clock and this machine's are not one. */
const CLOCK_MARGIN_SECONDS = 2;

const wantedAt = ({ scopes }: SmokeRoute, held: readonly string[]) =>
  scopes.length === 0 || scopes.some((scope) => held.includes(scope)) ? "let-through" : "no-scope";

/** What our rules say of the token, beside what the API did with it. */
function verdictOf(decision: Decision, wasRight: boolean): SmokeFinding {
  const expected = "the rules take the issuer's token";
  if (decision.allowed)
    return smokeFinding("issuer-token", "pass", { expected, got: "a good token for this authorizer" });
  if (decision.keyAnswer?.kind === "unavailable")
    return smokeFinding("issuer-token", "skipped", { expected, got: "the issuer's keys cannot be fetched from here" });
  const { what, fix } = refusalFinding(decision);
  const got = `the rule ${decision.rule} refuses it: ${what}`;
  return wasRight
    ? smokeFinding("issuer-token", "warn", {
        expected,
        got,
        fix: `the API takes it: compare this machine's clock. ${fix}`,
      })
    : smokeFinding("issuer-token", "fail", { expected, got, fix });
}

function refusalText(grant: Exclude<Grant, { kind: "granted" }>) {
  if (grant.kind === "unanswered")
    return {
      got: `no answer: ${grant.stage} ${grant.detail}`,
      fix: "run 'npx gatehouse doctor': can this machine reach the issuer?",
    };
  const said = [grant.error, grant.description].filter((text) => text !== "").join(": ");
  const remedies: Readonly<Record<string, string>> = {
    invalid_client: "see that WSO2_CLIENT_ID and WSO2_CLIENT_SECRET are this application's",
    unauthorized_client: "allow the client credentials grant in the application's protocol settings",
    invalid_scope: "authorise the application for the API resource and its scopes",
  };
  return {
    got: `the token endpoint answered ${grant.status} ${said}`,
    fix: remedies[grant.error] ?? "ask the token endpoint with curl, and read WSO2's own log",
  };
}

const scopesIn = (token: string) => scopesOf(claimedBy(token));

function expiryOf(token: string): number | undefined {
  const { exp } = claimedBy(token);
  return typeof exp === "number" && Number.isFinite(exp) ? exp : undefined;
}

const NO_CREDENTIALS = smokeFinding("issuer-token", "skipped", {
  expected: "a real token is let through",
  got: "no credentials: set WSO2_CLIENT_ID and WSO2_CLIENT_SECRET",
});
const NO_OTHER = smokeFinding("other-application", "skipped", {
  expected: "a real token of another application is refused",
  got: "no credentials: set WSO2_OTHER_CLIENT_ID and WSO2_OTHER_CLIENT_SECRET",
});
const NOT_EXPIRED = smokeFinding("expired", "skipped", {
  expected: "an expired token is refused",
  got: "none given: set WSO2_EXPIRED_TOKEN, or wait for one with --wait-expiry",
});
const GIVEN_UNASKED = {
  expected: "a token without the route's scopes is refused",
  got: "the issuer gives them unasked",
};
const NOT_SENT = {
  expected: "let through to the function",
  got: "not sent: it would change something",
};
