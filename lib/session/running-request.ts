import type { Running } from "./running-sessions.ts";

/** A request that a running session answered, as its console shows it. */
export interface FoundRequest {
  readonly session: Running;
  /** The console's own JSON; no token is in it. */
  readonly detail: unknown;
}

const DEADLINE_MS = 5_000;

/**
 * Asks the running sessions, the nearest first, for a request that they answered.
 * @param requestId as the client got it in `apigw-requestid`
 * @returns undefined where none keeps it
 */
export async function findRequest(requestId: string, sessions: readonly Running[]): Promise<FoundRequest | undefined> {
  for (const session of sessions) {
    const detail = session.console && (await ask(session.console, requestId));
    if (detail !== undefined) return { session, detail };
  }
  return undefined;
}

async function ask({ origin, key }: NonNullable<Running["console"]>, requestId: string): Promise<unknown> {
  try {
    const response = await fetch(`${origin}/api/request/find`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, origin },
      body: JSON.stringify({ requestId }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return response.ok ? await response.json() : undefined;
  } catch {
    // A session that ends just now.
    return undefined;
  }
}
