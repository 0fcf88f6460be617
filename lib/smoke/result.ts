import { type Finding, finding } from "../findings/finding.ts";

/** One check's finding, with the request that made it. */
export interface SmokeFinding extends Finding<SmokeCode> {
  readonly got: string;
  readonly expected: string;
  /** The route that was asked; null where the check is about none. */
  readonly route: string | null;
  /** How many requests it took. */
  readonly tries: number;
  readonly durationMs: number;
}

/** The checks, in their order, and what each is about. */
export const SMOKE_CHECKS = {
  outputs: "the stack was deployed from this environment",
  template: "the template opens the routes that the environment lists as public",
  keys: "the issuer's keys can be fetched from here",
  public: "a public route lets everybody through",
  "no-token": "a request without a token is refused",
  "hidden-route": "a route that other routes hide is not tested",
  "other-authorizer": "a route behind another authorizer is not tested",
  garbage: "a token that is not a JWT is refused",
  opaque: "an opaque token is refused",
  "foreign-key": "a token signed by another key under the issuer's kid is refused",
  "unknown-kid": "a token whose kid the issuer does not list is refused",
  "wrong-audience": "a forged token for another audience is refused",
  "alg-none": "a token without a signature is refused",
  "hs256-public-key": "a token signed with the public key as an HMAC secret is refused",
  "issuer-token": "the issuer grants a token that the rules accept",
  token: "a route without scopes lets the issuer's token through",
  scope: "a route lets a token with one of its scopes through",
  "unscoped-token": "a route without scopes lets a token without scopes through",
  "no-scope": "a route refuses a token without its scopes",
  tampered: "a token whose claims were changed is refused",
  "other-application": "a token of an application outside the audience is refused",
  expired: "an expired token is refused",
  "real-token": "at least one real token is let in",
} as const satisfies Readonly<Record<string, string>>;

export type SmokeCode = keyof typeof SMOKE_CHECKS;

/** A finding; one that took no request unless `asked` says otherwise. */
export const smokeFinding = (
  code: SmokeCode,
  level: SmokeFinding["level"],
  { got, expected, fix = null }: { readonly got: string; readonly expected: string; readonly fix?: string | null },
  asked: Partial<Pick<SmokeFinding, "route" | "tries" | "durationMs">> = {},
): SmokeFinding => ({
  ...finding(code, level, SMOKE_CHECKS[code], { fix }),
  got,
  expected,
  route: null,
  tries: 0,
  durationMs: 0,
  ...asked,
});
