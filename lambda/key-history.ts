// Which keys an issuer has published, and since when. A key that is taken away before its successor was known everywhere,
// or before its last token has expired, refuses good tokens; nothing in the JWKS itself says so.

/** What is kept between two looks, as JSON. Times are milliseconds since 1970. */
export interface KeyHistory {
  /** The published keys: `kid` to when it was first seen. */
  readonly seen: Readonly<Record<string, number>>;
  /** Keys that were taken away too early: `kid` to when that was seen. Their tokens may still live. */
  readonly vanished: Readonly<Record<string, number>>;
}

/** API Gateway may keep a key set so long (4.11, DOC): a new key is known to all of it only then. */
const CACHE_MS = 7_200_000;

/**
 * Takes the keys of a look into the history. A key may go in peace once another has been published for as long as API
 * Gateway keeps keys and a token lives: all tokens of the old one are over then. Else it has vanished, and is reported until
 * the tokens that it could have signed are over, or it is back.
 * @param history undefined at the first look, which knows no key that could be missing
 * @param tokenLifetimeMs the longest that the issuer's tokens are good
 */
export function noteKeys(
  history: KeyHistory | undefined,
  kids: readonly string[],
  nowMs: number,
  tokenLifetimeMs: number,
): KeyHistory {
  const { seen, vanished } = history ?? { seen: {}, vanished: {} };
  const published = new Set(kids);
  // The issuer chooses the names: one may be __proto__.
  const firstSeenMs = (kid: string) => (Object.hasOwn(seen, kid) ? seen[kid] : undefined) ?? nowMs;
  const hasSuccessor = kids.some((kid) => nowMs - firstSeenMs(kid) >= CACHE_MS + tokenLifetimeMs);
  const gone = Object.keys(seen).filter((kid) => !published.has(kid));
  const stillVanished = Object.entries(vanished).filter(
    ([kid, atMs]) => !published.has(kid) && nowMs - atMs < tokenLifetimeMs,
  );
  return {
    seen: Object.fromEntries(kids.map((kid) => [kid, firstSeenMs(kid)])),
    vanished: Object.fromEntries([...stillVanished, ...(hasSuccessor ? [] : gone.map((kid) => [kid, nowMs] as const))]),
  };
}

/** Reads what was kept. @returns undefined where it is not a history: nothing was kept yet */
export function readHistory(text: string): KeyHistory | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { seen, vanished } = value as Partial<KeyHistory>;
  return isTimes(seen) && isTimes(vanished) ? { seen, vanished } : undefined;
}

const isTimes = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === "object" && value !== null && Object.values(value).every((atMs) => typeof atMs === "number");
