import { Mistake } from "../findings/mistake.ts";
import type { Administration } from "../issuer/administrator.ts";
import type { EmbeddedClient } from "../issuer/embedded-client.ts";
import type { IssuerEndpoints } from "../issuer/issuer-endpoints.ts";
import { type Environment, findRunning, type RunningIssuer } from "./running-sessions.ts";

/** The embedded issuer of this user that stands in for `issuer` now; of several the one that runs for `folder`, then the newest. */
export const runningIssuerOf = (issuer: string, environment: Environment, folder: string): RunningIssuer | undefined =>
  findRunning(environment, folder)
    .flatMap(({ issuers }) => issuers)
    .find((one) => one.issuer === issuer);

const ANSWER_MS = 10_000;

/** What a client of a running issuer has to be set up with. */
export interface IssuerSetup {
  readonly issuer: string;
  readonly endpoints: IssuerEndpoints;
  readonly clients: readonly Pick<EmbeddedClient, "clientId" | "clientSecret" | "scopes">[];
  /** How its management API is called; absent where it has none. */
  readonly administration?: Administration;
}

/** Asks a running issuer's own process for its clients, with their secrets. @throws Mistake `token-refused`, `issuer-not-running` */
export const requestSetup = async (issuer: RunningIssuer): Promise<IssuerSetup> =>
  (await ask(issuer, "setup", {})) as unknown as IssuerSetup;

/**
 * Asks a running issuer's own process for a token: no key leaves it.
 * @throws Mistake `token-refused`, `issuer-not-running`
 */
export async function requestToken(issuer: RunningIssuer, asked: Readonly<Record<string, unknown>>): Promise<string> {
  const { token } = await ask(issuer, "token", asked);
  if (typeof token === "string") return token;
  throw refused("no token in its answer");
}

async function ask(issuer: RunningIssuer, what: "setup" | "token", asked: object) {
  const { status, answer } = await post(issuer, what, asked).catch((cause: unknown) => {
    throw notRunning(issuer, cause);
  });
  if (status === OK) return answer;
  throw refused(`${status} ${answer.error ?? ""}`);
}

const OK = 200;

async function post({ origin, session }: RunningIssuer, what: string, asked: object) {
  const response = await fetch(`${origin}/_gatehouse/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${session}` },
    body: JSON.stringify(asked),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return { status: response.status, answer: (await response.json()) as { token?: string; error?: string } };
}

const refused = (got: string) =>
  new Mistake("token-refused", {
    what: "the embedded issuer gave no token",
    got,
    expected: "a token",
    fix: "npx gatehouse token --help",
  });

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
