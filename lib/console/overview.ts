import type { IntegrationModel, RouteModel, StageModel } from "../assembly/model.ts";
import { guardOf } from "../assembly/route-guards.ts";
import { FLAWS } from "../tokens/flaws.ts";
import type { ConsoleSession, RunningApi } from "./session.ts";
import type { ApiView, Overview, RouteView } from "./wire.ts";

/** Everything that runs, as the page shows it. */
export const overviewOf = (session: ConsoleSession, boot: string): Overview => ({
  boot,
  apis: session.apis().map(apiViewOf),
  issuers: session.issuers().map(({ embedded, ...issuer }) => ({ ...issuer, embeddedAt: embedded?.url ?? null })),
  flaws: FLAWS.map(({ name, about }) => ({ name, about })),
  unserved: session.unserved().map(({ name, what, fix }) => ({ name, what, fix })),
});

const apiViewOf = ({ api, url }: RunningApi): ApiView => ({
  name: api.name,
  stack: api.stack,
  url,
  stages: api.stages.map((stage) => ({
    name: stage.name,
    url: stage.name === "$default" ? url : `${url}/${stage.name}`,
    throttle: throttleOf(stage),
  })),
  routes: api.routes.map(routeViewOf),
});

const throttleOf = ({ throttle }: StageModel) =>
  throttle ? `${throttle.rate} requests a second, ${throttle.burst} at once` : null;

function routeViewOf(route: RouteModel): RouteView {
  const { key, authorization, integration } = route;
  const guard = guardOf(route);
  const trusted = guard.kind === "jwt" ? guard : { issuer: null, audience: [], scopes: [] };
  return {
    key,
    integration: integrationText(integration),
    timeoutMs: integration.kind === "unserved" ? null : integration.timeoutMs,
    guard: guard.kind === "jwt" && guard.by === "lambda" ? "lambda" : guard.kind,
    authorizer: "authorizer" in authorization ? authorization.authorizer.name : null,
    identitySource: "identitySource" in guard ? guard.identitySource : [],
    issuer: trusted.issuer,
    audience: trusted.audience,
    scopes: trusted.scopes,
  };
}

/** In words: the function, the server behind a proxy route, or why nothing answers. */
export function integrationText(integration: IntegrationModel): string {
  switch (integration.kind) {
    case "lambda":
      return integration.function.name;
    case "http":
      return `${integration.method} ${integration.uri}`;
    case "unserved":
      return `not served: ${integration.reason}`;
  }
}
