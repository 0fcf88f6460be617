import { guardedApi } from "../assembly/route-guards.ts";
import type { Console } from "../console/console.ts";
import { consoleKeyOf } from "../session/console-key.ts";
import { issuersOf } from "../session/issuers.ts";
import type { Running } from "../session/running-sessions.ts";
import type { Session } from "../session/session.ts";
import type { Io } from "./io.ts";

/** What other commands need to know of this session: `token`, `curl`, `explain`, `doctor` find it by its note. */
export function runningOf(
  { gateways, issuers }: Session,
  environment: string | null,
  console: Console | undefined,
  io: Io,
): Running {
  const named = issuersOf(gateways.map(({ api }) => api));
  return {
    pid: process.pid,
    folder: io.cwd,
    apiUrl: gateways[0]?.url ?? "",
    environment,
    startedAtMs: io.nowMs(),
    ...(console ? { console: { origin: new URL(console.url).origin, key: consoleKeyOf(io.cwd, io.env) } } : {}),
    apis: gateways.map(({ api, url }) => ({ ...guardedApi(api), url })),
    issuers: issuers.map(({ issuer, issuerUrl, origin, session }) => {
      const { audience = [], scopes = [] } = named.find((one) => one.issuer === issuer) ?? {};
      return { issuer, issuerUrl, origin, session, audience, scopes };
    }),
  };
}
