import { authorize } from "../rules/authorize.ts";
import { tokenOf } from "../rules/identity-source.ts";
import { truncated } from "../rules/truncated.ts";
import { isUnreadable, readPart, splitToken } from "../rules/unverified-token.ts";
import { expectationOf } from "./expectation.ts";
import type { ConsoleSession, RunningApi } from "./session.ts";
import { verdictViewOf } from "./verdict.ts";
import type { Expectation, Inspection } from "./wire.ts";

/**
 * Reads a token and asks every rule about it.
 * @param routeKey null asks the API's first authorizer, and no scope
 */
export async function inspect(
  session: ConsoleSession,
  running: RunningApi,
  routeKey: string | null,
  credential: string | undefined,
  nowMs: number,
): Promise<Inspection> {
  return {
    ...readToken(tokenOf(credential)),
    nowSeconds: nowMs / 1_000,
    expectation: await expectation(session, running, routeKey, credential, nowMs),
  };
}

async function expectation(
  session: ConsoleSession,
  { api }: RunningApi,
  routeKey: string | null,
  credential: string | undefined,
  nowMs: number,
): Promise<Expectation> {
  if (routeKey !== null) {
    const route = api.routes.find(({ key }) => key === routeKey);
    return route ? expectationOf(session, route, credential, nowMs) : { kind: "no-route" };
  }
  const [trusted] = session.issuers();
  if (!trusted) return { kind: "no-route" };
  const trust = { issuer: trusted.issuer, audience: trusted.audience, scopes: [], by: "native" } as const;
  const decision = await authorize(
    { credential, configuration: trust, scopes: [] },
    session.keysFor(trust.issuer),
    nowMs / 1_000,
    { thorough: true },
  );
  return { kind: "verdict", routeKey: "", integration: "", verdict: verdictViewOf(decision, trust) };
}

/** What a text says as a token; its values are cut at what a page can show. */
function readToken(text: string | undefined): Pick<Inspection, "form" | "header" | "claims"> {
  if (text === undefined) return { form: "none", header: null, claims: null };
  const segments = splitToken(text);
  if (!segments) return { form: "opaque", header: null, claims: null };
  const [header, claims] = [readPart(segments[0]), readPart(segments[1])];
  return {
    form: isUnreadable(header) || isUnreadable(claims) ? "unreadable" : "jwt",
    header: isUnreadable(header) ? null : (truncated(header.record, 6) as Record<string, unknown>),
    claims: isUnreadable(claims) ? null : (truncated(claims.record, 6) as Record<string, unknown>),
  };
}
