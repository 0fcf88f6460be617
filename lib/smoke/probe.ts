import type { Answered, Ask, Unanswered } from "../http/exchange.ts";
import { readIdentitySource } from "../rules/identity-source.ts";
import { type AuthorizerMode, isRefused, judge, type Wanted } from "./expectation.ts";
import { type SmokeCode, type SmokeFinding, smokeFinding } from "./result.ts";
import type { SmokeRoute } from "./route-request.ts";

export interface ProberOptions {
  /** The API's address; the stage's or the domain's path included. */
  readonly url: string;
  readonly mode: AuthorizerMode;
  /** `$request.header.NAME` or `$request.querystring.NAME`. */
  readonly identitySource: string;
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Pauses before the second and the third try: a cold start, or a change that is still on its way. */
const PAUSES_MS = [500, 1_500];

/** Asks the deployed API, tries again what may pass by itself, and judges the answer. */
export class Prober {
  readonly #options: ProberOptions;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** One request. `token` is sent where the authorizer looks for it. */
  async ask(route: SmokeRoute, token: string | undefined): Promise<Answered | Unanswered> {
    const { url, identitySource, ask } = this.#options;
    const path = `${url.replace(/\/$/, "")}${route.path}`;
    const source = readIdentitySource(identitySource);
    const { method } = route;
    if (token === undefined || source === undefined) return ask({ method, url: path });
    return source.from === "header"
      ? ask({ method, url: path, headers: { [source.name]: `Bearer ${token}` } })
      : ask({ method, url: `${path}?${new URLSearchParams({ [source.name]: token }).toString()}` });
  }

  /** A check: the request, at most three times, and its finding. */
  async check(check: SmokeCode, route: SmokeRoute, wanted: Wanted, token?: string): Promise<SmokeFinding> {
    const { mode, nowMs, sleep } = this.#options;
    const startedAtMs = nowMs();
    const refusedBefore: string[] = [];
    for (let tries = 1; ; tries += 1) {
      const answer = await this.ask(route, token);
      const judgement =
        answer.kind === "answered" ? judge(wanted, mode, answer, route.method) : unanswered(wanted, answer);
      const pause = PAUSES_MS[tries - 1];
      if (judgement.isRight || pause === undefined || !mayPass(wanted, answer)) {
        const { isRight, expected, got, fix } = judgement;
        const wasIntermittent = isRight && refusedBefore.length > 0;
        return smokeFinding(
          check,
          wasIntermittent ? "warn" : isRight ? "pass" : "fail",
          {
            expected,
            got: wasIntermittent ? `${got}, but first ${refusedBefore.join("; ")}` : got,
            fix: wasIntermittent ? INTERMITTENT : fix,
          },
          { route: route.key, tries, durationMs: Math.round(nowMs() - startedAtMs) },
        );
      }
      if (answer.kind === "answered" && isRefused(answer)) refusedBefore.push(judgement.got);
      await sleep(pause);
    }
  }
}

/** Whether a request that is let through changes nothing (RFC 9110 section 9.2.1). */
export const isSafe = ({ method }: SmokeRoute): boolean => ["GET", "HEAD", "OPTIONS"].includes(method);

const INTERMITTENT =
  "a good token was refused and then taken: if that is not the minute after a deploy, the issuer is slow (4.13): run 'npx gatehouse doctor'";

/** Something that lets a bad token in is wrong at once; what refuses a good one, or does not answer, may pass. */
function mayPass(wanted: Wanted, answer: Answered | Unanswered): boolean {
  if (answer.kind === "unanswered") return answer.stage !== "tls";
  if (answer.status === 429 || answer.status >= 500) return true;
  return wanted === "let-through" && isRefused(answer);
}

const unanswered = (wanted: Wanted, { stage, detail }: Unanswered) => ({
  isRight: false,
  expected: wanted === "let-through" ? "let through to the function" : "a refusal by API Gateway",
  got: `no answer: ${stage} ${detail}`,
  fix: "ask again; where it stays so, look at the API's and the function's timeouts",
});
