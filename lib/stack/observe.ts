import { Aws } from "aws-cdk-lib";
import type { IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2";
import type { Construct } from "constructs";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { alarmTopics } from "./alarm-topics.ts";
import { ApiObservability } from "./api-observability.ts";
import { MirrorAuthorizer } from "./mirror-authorizer.ts";
import type { NodeFunction } from "./node-function.ts";
import type { ProtectedHttpApi } from "./protected-http-api.ts";

/** What the stack has made so far. */
export interface Observed {
  readonly api: ProtectedHttpApi;
  readonly business: NodeFunction;
  readonly authorizer: IHttpRouteAuthorizer;
}

/** Adds what an environment says under `alarms`: a dashboard, alarms, and who is told. */
export function observe(
  scope: Construct,
  { name, alarms }: NamedEnvironment,
  { api, business, authorizer }: Observed,
): void {
  if (alarms === undefined) return;
  new ApiObservability(scope, "Observability", {
    api,
    functions: { Business: business.function },
    mirror: authorizer instanceof MirrorAuthorizer ? authorizer : undefined,
    topics: alarmTopics(scope, alarms),
    dashboardName: `gatehouse-${name}-${Aws.REGION}`,
  });
}
