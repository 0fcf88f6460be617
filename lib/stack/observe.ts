import { Aws } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { CaBundle } from "../config/ca-bundle.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { alarmTopics } from "./alarm-topics.ts";
import { ApiObservability } from "./api-observability.ts";
import { IssuerWatch } from "./issuer-watch.ts";
import type { MirrorAuthorizer } from "./mirror-authorizer.ts";
import type { FunctionSettings, NodeFunction } from "./node-function.ts";
import type { ProtectedHttpApi } from "./protected-http-api.ts";
import type { Network } from "./vpc-access.ts";

/** What the stack has made so far, and how its functions are made. */
export interface Observed {
  readonly api: ProtectedHttpApi;
  readonly business: NodeFunction;
  /** Undefined where API Gateway checks the tokens itself. */
  readonly mirror: MirrorAuthorizer | undefined;
  readonly settings: FunctionSettings;
  /** From where, and by whose word, the issuer is asked. */
  readonly reach: { readonly network: Network | undefined; readonly caBundle: CaBundle | undefined };
}

/** Adds what an environment says under `issuerWatch` and `alarms`: the watch, alarms, who gets them, and a dashboard. */
export function observe(scope: Construct, environment: NamedEnvironment, observed: Observed): void {
  const { name, issuer, alarms, issuerWatch } = environment;
  const { api, business, mirror, settings, reach } = observed;
  const topics = alarms ? alarmTopics(scope, alarms) : [];
  const watch =
    issuerWatch && new IssuerWatch(scope, "IssuerWatch", { ...settings, ...reach, ...issuerWatch, issuer, topics });
  if (alarms === undefined) return;
  new ApiObservability(scope, "Observability", {
    api,
    functions: { Business: business.function },
    mirror,
    issuerWatch: watch,
    topics,
    thresholds: alarms.thresholds,
    dashboardName: `gatehouse-${name}-${Aws.REGION}`,
  });
}
