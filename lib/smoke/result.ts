/** `warn`: right in the end, and not as it should be. `skipped`: what the check needs was not given. */
export type Level = "pass" | "warn" | "fail" | "skipped";

/** One check's finding. Never a token, a secret or the body of an answer. */
export interface SmokeResult {
  /** Stable, kebab-case: `no-token`. */
  readonly check: CheckName;
  /** The route that was asked; null where the check is about none. */
  readonly route: string | null;
  readonly level: Level;
  /** What is right. */
  readonly expected: string;
  /** What came. */
  readonly saw: string;
  /** What to change; null where nothing needs to be. */
  readonly remedy: string | null;
  /** How many requests it took. */
  readonly tries: number;
  readonly durationMs: number;
}

/** The checks, in their order. */
export type CheckName =
  | "outputs"
  | "keys"
  | "public"
  | "no-token"
  | "garbage"
  | "opaque"
  | "foreign-key"
  | "unknown-kid"
  | "wrong-audience"
  | "alg-none"
  | "hs256-public-key"
  | "issuer-token"
  | "token"
  | "scope"
  | "unscoped-token"
  | "no-scope"
  | "tampered"
  | "other-application"
  | "expired"
  | "real-token";

/** A finding that took no request. */
export const finding = (
  check: CheckName,
  level: Level,
  {
    expected,
    saw,
    remedy = null,
  }: { readonly expected: string; readonly saw: string; readonly remedy?: string | null },
): SmokeResult => ({ check, route: null, level, expected, saw, remedy, tries: 0, durationMs: 0 });
