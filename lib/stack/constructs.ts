// What other apps import from `gatehouse` (docs/constructs.md).

export { type CaBundle, readCaBundle } from "../config/ca-bundle.ts";
export type { ApiThresholds } from "./api-alarms.ts";
export { ApiDomain, type ApiDomainProps, type ClientAuthorities } from "./api-domain.ts";
export { ApiObservability, type ApiObservabilityProps, type ObservedApi } from "./api-observability.ts";
export type { LogSettings } from "./function-log.ts";
export type { IssuerThresholds } from "./issuer-alarms.ts";
export { IssuerWatch, type IssuerWatchProps } from "./issuer-watch.ts";
export { MirrorAuthorizer, type MirrorAuthorizerProps } from "./mirror-authorizer.ts";
export { ProtectedHttpApi, type ProtectedHttpApiProps, type ProtectedRoute } from "./protected-http-api.ts";
export type { RaisableQuotas } from "./quotas.ts";
export { type Network, type NetworkIds, networkOf } from "./vpc-access.ts";
