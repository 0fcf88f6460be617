import { Mistake } from "../findings/mistake.ts";
import { type Environment, findRunning, type RunningIssuer } from "./running-sessions.ts";

/** The embedded issuer of this user that stands in for `issuer` now; of several the one that runs for `folder`, then the newest. */
export const runningIssuerOf = (issuer: string, environment: Environment, folder: string): RunningIssuer | undefined =>
  findRunning(environment, folder)
    .flatMap(({ issuers }) => issuers)
    .find((one) => one.issuer === issuer);

const ANSWER_MS = 10_000;

/**
 * Asks a running issuer's own process for a token: no key leaves it.
 * @throws Mistake `token-refused`, `issuer-not-running`
 */
export async function requestToken(issuer: RunningIssuer, asked: Readonly<Record<string, unknown>>): Promise<string> {
  const { status, token, error } = await ask(issuer, asked).catch((cause: unknown) => {
    throw notRunning(issuer, cause);
  });
  if (status === OK && typeof token === "string") return token;
  throw new Mistake("token-refused", {
    what: "the embedded issuer gave no token",
    got: `${status} ${error ?? ""}`,
    expected: "a token",
    fix: "npx gatehouse token --help",
  });
}

const OK = 200;

async function ask({ origin, session }: RunningIssuer, asked: Readonly<Record<string, unknown>>) {
  const response = await fetch(`${origin}/_gatehouse/token`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${session}` },
    body: JSON.stringify(asked),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return { status: response.status, ...((await response.json()) as { token?: string; error?: string }) };
}

const notRunning = ({ origin }: RunningIssuer, cause: unknown) =>
  new Mistake(
    "issuer-not-running",
    {
      what: "the embedded issuer that a note names does not answer",
      got: `${origin}: ${cause instanceof Error ? cause.message : String(cause)}`,
      expected: "a 'gatehouse local' that still runs",
      fix: "start it again (npm start), then the same command again",
    },
    { cause },
  );
