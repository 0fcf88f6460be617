import { Mistake } from "../findings/mistake.ts";
import { printable } from "../findings/terminal-text.ts";
import { findRunning, type Running, type RunningIssuer } from "../session/running-sessions.ts";
import type { Io } from "./io.ts";

/** Which running issuer a person chose. */
interface Chosen {
  readonly issuer?: string | undefined;
  readonly env?: string | undefined;
}

/** The run that is meant, and its issuer. */
export interface Choice {
  readonly running: Running;
  readonly issuer: RunningIssuer;
}

/**
 * The running issuer that is meant: that of `--issuer` and `--env`, else that of this folder, else the only one there is.
 * @throws Mistake `issuer-not-running`, `issuer-ambiguous`
 */
export function chooseRunning({ issuer, env }: Chosen, io: Io): Choice {
  const running = findRunning(io.env, io.cwd).filter(({ environment }) => env === undefined || environment === env);
  const named = running.filter((one) => issuerIn(one, issuer) !== undefined);
  const here = named.filter(({ folder }) => folder === io.cwd);
  const [first, ...others] = here.length > 0 ? here : named;
  const found = first && issuerIn(first, issuer);
  if (first === undefined || found === undefined) throw notRunning({ issuer, env }, findRunning(io.env, io.cwd));
  const choice = { running: first, issuer: found };
  if (others.length === 0) return choice;
  if (here.length === 0) throw ambiguous(named);
  io.err(
    printable(
      `the newest 'gatehouse local' of this folder, at ${first.apiUrl}; ${others.length} more run: --issuer or --env chooses`,
    ),
  );
  return choice;
}

/** After a reload an issuer may be there that no authorizer names any more: only a name finds that one. */
const issuerIn = ({ issuers }: Running, name: string | undefined): RunningIssuer | undefined =>
  issuers.find((one) => (name === undefined ? one.audience.length > 0 : one.issuer === name || one.issuerUrl === name));

function notRunning({ issuer, env }: Chosen, running: readonly Running[]): Mistake {
  const [one] = running.flatMap(({ issuers }) => issuers);
  const got = running.length === 0 ? "no running 'gatehouse local'" : running.map(described).join("\n");
  if (one !== undefined && issuer === undefined && env === undefined)
    return new Mistake("token-audience-unknown", {
      what: "the issuer that runs has no audience to make a token for: no authorizer with an audience names it",
      got,
      expected: "an authorizer with an audience, or the claims of the token",
      fix: `npx gatehouse token --issuer ${one.issuer} --claims '{"aud":"AUDIENCE"}'`,
    });
  return new Mistake("issuer-not-running", {
    what: "no embedded issuer runs on this machine that could give this token",
    got,
    expected: [
      "a 'gatehouse local' of this user",
      env === undefined ? [] : `of the environment ${env}`,
      issuer === undefined ? [] : `for ${issuer}`,
    ]
      .flat()
      .join(" "),
    fix: `npx gatehouse local${env === undefined ? "" : ` --env ${env}`} (in another terminal), then the same command again`,
  });
}

const ambiguous = (running: readonly Running[]) =>
  new Mistake("issuer-ambiguous", {
    what: "several 'gatehouse local' run, none of them started in this folder",
    got: running.map(described).join("\n"),
    expected: "one of them",
    fix: "run the command in the folder of one, or name it: --issuer ADDRESS",
  });

const described = ({ folder, environment, issuers }: Running) =>
  `${issuers.map(({ issuerUrl }) => issuerUrl).join(", ")} of ${environment ?? "an assembly"}, started in ${folder}`;
