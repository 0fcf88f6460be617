import type { Assembly } from "../../assembly/model.ts";
import { issuersOf } from "../../session/issuers.ts";
import type { Session } from "../../session/session.ts";

/** What runs when a session is ready. */
export interface Ready {
  readonly session: Session;
  readonly assembly: Assembly;
  readonly consoleUrl: string | undefined;
  readonly readyMs: number;
}

/** The line of `local --json`. */
export const readyLine = ({
  session: { gateways, issuers },
  assembly: { unserved, placeholders, findings },
  consoleUrl,
  readyMs,
}: Ready) => ({
  apiUrl: gateways[0]?.url,
  issuer: issuersOf(gateways.map(({ api }) => api))[0]?.issuer ?? null,
  issuerUrl: issuers[0]?.issuerUrl ?? null,
  consoleUrl: consoleUrl ?? null,
  clients: issuers.flatMap(({ issuer, clients }) =>
    clients.map(({ clientId, clientSecret }) => ({ issuer, clientId, clientSecret })),
  ),
  readyMs,
  apis: gateways.map(({ api, url }) => ({
    name: api.name,
    stack: api.stack,
    url,
    stages: api.stages.map(({ name }) => ({ name, url: name === "$default" ? url : `${url}/${name}` })),
  })),
  notServed: unserved,
  placeholders,
  findings,
});
