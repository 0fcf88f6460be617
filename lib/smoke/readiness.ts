import { Mistake } from "../findings/mistake.ts";
import type { Answered, Unanswered } from "../http/exchange.ts";
import { isNoRoute } from "./expectation.ts";
import type { Prober } from "./probe.ts";
import type { SmokeRoute } from "./route-request.ts";

export interface ReadinessOptions {
  readonly url: string;
  /** Asked without a token. */
  readonly route: SmokeRoute;
  /** How long to wait for an API that is not there yet. */
  readonly waitMs: number;
  readonly nowMs: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly onProgress: (step: string) => void;
}

const LONGEST_PAUSE_MS = 5_000;

/**
 * Waits until the API answers at all: a new one, or a new domain, takes a while to be everywhere.
 * @throws Mistake `url-unknown-host`, `url-no-answer`, `url-not-trusted`, `url-redirects`, `url-no-route`, `url-wrong`
 */
export async function awaitApi(prober: Prober, options: ReadinessOptions): Promise<void> {
  const { url, route, waitMs, nowMs, sleep, onProgress } = options;
  const endMs = nowMs() + waitMs;
  for (let pauseMs = 1_000; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const answer = await prober.ask(route, undefined);
    const mistake = mistakeOf(answer, url);
    if (mistake === undefined) return;
    const leftMs = endMs - nowMs();
    if (leftMs <= 0 || !mayComeYet(answer)) throw mistake;
    onProgress(`${mistake.say.got}; waiting for it, ${Math.ceil(leftMs / 1_000)} s left`);
    await sleep(Math.min(pauseMs, leftMs));
  }
}

function mayComeYet(answer: Answered | Unanswered): boolean {
  return answer.kind === "unanswered" ? answer.stage !== "tls" : answer.status === 404;
}

function mistakeOf(answer: Answered | Unanswered, url: string): Mistake | undefined {
  const { host } = new URL(url);
  if (answer.kind === "unanswered") return silenceOf(answer, host);
  if (answer.status >= 300 && answer.status < 400)
    return new Mistake("url-redirects", {
      what: `${host} sends the request elsewhere`,
      got: `${answer.status}`,
      expected: "the API's own answer: a token is not carried to another place",
      fix: "give the address that it redirects to, if that is the API's",
    });
  if (isNoRoute(answer) || answer.status === 404)
    return new Mistake(isNoRoute(answer) ? "url-no-route" : "url-wrong", {
      what: isNoRoute(answer)
        ? `an API answers at ${host}, and has no such route under this path`
        : `what answers at ${host} is not the API`,
      got: isNoRoute(answer) ? '404 {"message":"Not Found"}' : "404, and not in API Gateway's words",
      expected: "401 for a protected route without a token",
      fix: "a stage that is not $default stands in the path (…/prod), as a domain's mapping key does; take the URL from 'cdk deploy --outputs-file', and see that the routes were not dropped",
    });
  if (answer.status === 403 && answer.body.includes("Missing Authentication Token"))
    return new Mistake("url-wrong", {
      what: `what answers at ${host} is a REST API, or its execute-api address for another stage`,
      got: "403 Missing Authentication Token",
      expected: "an HTTP API",
      fix: "take the URL from 'cdk deploy --outputs-file'",
    });
  return undefined;
}

function silenceOf({ stage, detail }: Unanswered, host: string): Mistake {
  const got = `${stage}: ${detail}`;
  switch (stage) {
    case "dns":
      return new Mistake("url-unknown-host", {
        what: `the name ${host} does not resolve`,
        got,
        expected: "the API's host",
        fix: "take the URL from 'cdk deploy --outputs-file'; a new domain's record takes a while",
      });
    case "tls":
      return new Mistake("url-not-trusted", {
        what: `the certificate of ${host} is not trusted, so no token is sent`,
        got,
        expected: "a certificate for this host from an authority that Node knows",
        fix: "look at the domain's certificate; for a private authority NODE_EXTRA_CA_CERTS=ca.pem",
      });
    case "connect":
    case "timeout":
    case "status":
    case "redirect":
    case "size":
    case "parse":
    case "issuer":
    case "keys":
      return new Mistake("url-no-answer", {
        what: `nothing answers at ${host}`,
        got,
        expected: "an HTTP answer",
        fix: "look at the host and the port, and whether this machine may connect to it",
      });
  }
}
