import { z } from "zod";
import type { ApiName, ConformanceCase, Theme } from "../lib/conformance/case.ts";
import type { Answered } from "../lib/conformance/compare.ts";
import { answeredOf, httpSubject, requestIdOf } from "../lib/conformance/http-subject.ts";
import { runCase, type Subject } from "../lib/conformance/run-case.ts";
import type { Signer } from "../lib/conformance/token-recipe.ts";

// What an account answered to the table of cases, as observed.json keeps it: raw, so that it can be compared with the table as the
// table is then. No token, no account and no address of the asker is in it.

const answer = z.strictObject({
  /** 0 where no answer came; `noAnswer` says why. */
  status: z.int(),
  noAnswer: z.string().optional(),
  headers: z.record(z.string(), z.array(z.string())),
  body: z.string(),
  /** The line of the access log, by the names of `conformance-api.ts`; it comes later. */
  log: z.record(z.string(), z.string()).optional(),
});

const observed = z.strictObject({
  /** ISO 8601. */
  observedAt: z.string(),
  /** The host of each API. */
  targets: z.record(z.string(), z.string()),
  /** By the ids of the cases; those that could not be asked are left out. */
  cases: z.record(z.string(), answer),
});

export type Observed = z.infer<typeof observed>;
type Answer = z.infer<typeof answer>;

/** @throws Error naming the member that does not fit */
export function readObserved(text: string): Observed {
  const parsed = observed.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`the file of observations: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export interface Question {
  readonly themes: readonly Theme[];
  /** Where each API answers. */
  readonly origins: ReadonlyMap<ApiName, string>;
  readonly signer: Signer;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onTheme: (name: string) => void;
}

/** Asks the whole table, one case after the other, and keeps each answer. */
export async function observe({ themes, origins, signer, nowMs, onTheme }: Question): Promise<Observed> {
  const endpoint = httpSubject({ name: "account", origins, hasStillClock: false });
  let last: Answered | undefined;
  const recording: Subject = {
    ...endpoint,
    ask: async (request) => {
      const answered = await endpoint.ask(request);
      last = "unseen" in answered ? undefined : answered;
      return answered;
    },
  };
  const observedAt = new Date(nowMs()).toISOString();
  const cases: Record<string, Answer> = {};
  for (const { name, cases: rows } of themes) {
    onTheme(name);
    for (const row of rows) {
      last = undefined;
      await runCase(row, recording, signer, Math.floor(nowMs() / 1_000));
      if (last) cases[row.id] = answerOf(last);
    }
  }
  return { observedAt, targets: Object.fromEntries([...origins].map(([api, url]) => [api, new URL(url).host])), cases };
}

function answerOf({ status, noAnswer, headers = new Map(), body = "" }: Answered): Answer {
  const masked = maskerOf(body);
  return {
    status,
    ...(noAnswer === undefined ? {} : { noAnswer }),
    headers: Object.fromEntries([...headers].map(([name, values]) => [name, values.map(masked)])),
    body: masked(body),
  };
}

const TOKEN = /eyJ[\w-]+(\.[\w-]*)*/g;

/** Replaces whose account it is, who asked, and each token. */
function maskerOf(body: string): (text: string) => string {
  const account = /"accountId":"(\d{12})"/.exec(body)?.[1];
  const address = /"sourceIp":"([^"]+)"/.exec(body)?.[1];
  return (text) => {
    const withoutTokens = text.replace(TOKEN, "TOKEN");
    const withoutAccount = account === undefined ? withoutTokens : withoutTokens.replaceAll(account, "123456789012");
    return address === undefined ? withoutAccount : withoutAccount.replaceAll(address, "192.0.2.1");
  };
}

/**
 * Adds the lines of the access log to the answers that they belong to.
 * @param text what `aws logs filter-log-events --output json` printed
 * @returns with how many lines found their answer
 */
export function withAccessLog(
  observations: Observed,
  text: string,
): { readonly observed: Observed; readonly lines: number } {
  const { events } = z.object({ events: z.array(z.object({ message: z.string() })) }).parse(JSON.parse(text));
  const byRequest = new Map(
    events.flatMap(({ message }) => {
      const line = JSON.parse(message) as Record<string, string>;
      return line.requestId === undefined ? [] : [[line.requestId, line] as const];
    }),
  );
  let lines = 0;
  const cases = Object.entries(observations.cases).map(([id, answered]) => {
    const log = byRequest.get(requestIdOf({ headers: new Map(Object.entries(answered.headers)) }));
    if (log) lines += 1;
    return [id, log ? { ...answered, log } : answered] as const;
  });
  return { observed: { ...observations, cases: Object.fromEntries(cases) }, lines };
}

/** What was observed of a case, as it is compared with what the case expects; undefined where it was not asked. */
export function answeredIn(observations: Observed, { id }: ConformanceCase): Answered | undefined {
  const found = observations.cases[id];
  if (!found) return undefined;
  const { status, noAnswer, headers, body, log } = found;
  const raw = { status, headers: new Map(Object.entries(headers)), body };
  const insight = log && { rule: undefined, accessLogLine: JSON.stringify(log) };
  return { ...answeredOf(raw, insight), ...(noAnswer === undefined ? {} : { noAnswer }) };
}
