import { Mistake } from "../findings/mistake.ts";
import { type Environment, findRunning, type RunningIssuer } from "./running-sessions.ts";

/** The embedded issuer of this user that stands in for `issuer` now; of several the one that runs for `folder`, then the newest. */
export const runningIssuerOf = (issuer: string, environment: Environment, folder: string): RunningIssuer | undefined =>
  findRunning(environment, folder)
    .flatMap(({ issuers }) => issuers)
    .find((one) => one.issuer === issuer);

/**
 * Asks a running issuer's own process for a token: no key leaves it.
 * @throws Mistake `token-refused`
 */
export async function requestToken(issuer: RunningIssuer, asked: Readonly<Record<string, unknown>>): Promise<string> {
  const response = await fetch(`${issuer.origin}/_gatehouse/token`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${issuer.session}` },
    body: JSON.stringify(asked),
  });
  const answer = (await response.json()) as { token?: string; error?: string };
  if (response.ok && typeof answer.token === "string") return answer.token;
  throw new Mistake("token-refused", {
    what: "the embedded issuer gave no token",
    got: `${response.status} ${answer.error ?? ""}`,
    expected: "a token",
    fix: "npx gatehouse token --help",
  });
}
