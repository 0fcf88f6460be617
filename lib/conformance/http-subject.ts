import type { ApiName } from "./case.ts";
import type { Answered } from "./compare.ts";
import { type RawAnswer, sendRaw } from "./raw-request.ts";
import type { Subject } from "./run-case.ts";

/** What only the gateway's own process can see of a request. */
export interface Insight {
  readonly rule: string | undefined;
  readonly accessLogLine: string | undefined;
}

export interface HttpSubjectOptions {
  readonly name: string;
  /** Where each API is served; the cases of an API that is not are unseen. */
  readonly origins: ReadonlyMap<ApiName, string>;
  readonly hasStillClock: boolean;
  /** By `apigw-requestid`. */
  readonly insightOf?: (requestId: string) => Insight | undefined;
}

/** An endpoint that is asked over HTTP. */
export function httpSubject({ name, origins, hasStillClock, insightOf }: HttpSubjectOptions): Subject {
  return {
    name,
    hasStillClock,
    ask: async ({ api, raw }) => {
      const origin = origins.get(api);
      if (origin === undefined) return { unseen: `no address of the API ${api} was given: --target ${api}=URL` };
      const answer = await sendRaw(origin, raw).catch((cause: unknown) => ({ noAnswer: reasonOf(cause) }));
      if ("noAnswer" in answer) return { status: 0, ...answer };
      return answeredOf(answer, insightOf?.(requestIdOf(answer)));
    },
  };
}

/** What an answer shows, with the event that its body holds and what is known of its request besides. */
export const answeredOf = (answer: RawAnswer, insight?: Insight): Answered => ({
  ...answer,
  ...eventIn(answer.body),
  ...seen(insight),
});

/** By it the line of the access log is found. */
export const requestIdOf = ({ headers }: Pick<RawAnswer, "headers">): string =>
  headers.get("apigw-requestid")?.[0] ?? "";

const reasonOf = (cause: unknown) =>
  `no answer: ${cause instanceof Error ? ("code" in cause && String(cause.code)) || cause.message : String(cause)}`;

interface AuthorizerMember {
  readonly jwt?: AuthorizerMember;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly scopes?: readonly string[] | null;
  readonly lambda?: { readonly event?: string };
  /** Payload format 1.0 has the context of a Lambda authorizer here. */
  readonly event?: string;
}

/** The event that the echo function answered with, in either payload format. */
function eventIn(body: string): Partial<Answered> {
  const outer = parsed(body);
  const event = (typeof outer?.requestContext === "object" ? outer : undefined) as
    | { readonly requestContext: { readonly authorizer?: AuthorizerMember } }
    | undefined;
  if (!event) return {};
  const { authorizer = {} } = event.requestContext;
  const { claims, scopes } = authorizer.jwt ?? authorizer;
  const told = parsed(authorizer.lambda?.event ?? authorizer.event ?? "");
  return {
    event,
    ...(claims === undefined ? {} : { claims }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(told === undefined ? {} : { authorizerEvent: told }),
  };
}

function seen(insight: Insight | undefined): Partial<Answered> {
  const line = parsed(insight?.accessLogLine ?? "") as Record<string, string> | undefined;
  return {
    ...(insight?.rule === undefined ? {} : { rule: insight.rule }),
    ...(line?.error === undefined ? {} : { log: line.error, accessLog: line }),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
