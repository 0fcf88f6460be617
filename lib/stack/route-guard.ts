import type { IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2";

/** An authorizer that checks its routes' scopes itself, as `MirrorAuthorizer` does. */
export interface RouteGuard extends IHttpRouteAuthorizer {
  /** Makes a route known, and the scopes of which a token needs one; `[]` for none. */
  guard(routeKey: string, scopes: readonly string[]): void;
}

const isRouteGuard = (authorizer: IHttpRouteAuthorizer): authorizer is RouteGuard => "guard" in authorizer;

/**
 * Has a route guarded.
 * @returns the scopes that API Gateway itself is to check
 */
export function guardRoute(
  authorizer: IHttpRouteAuthorizer,
  routeKey: string,
  scopes: readonly string[],
): readonly string[] {
  if (!isRouteGuard(authorizer)) return scopes;
  authorizer.guard(routeKey, scopes);
  return [];
}

/** Whether somebody checks the scopes of a route: API Gateway does for JWT authorizers only (3.27, OBS1). */
export const checksScopes = (authorizer: IHttpRouteAuthorizer & { readonly authorizationType?: string }): boolean =>
  isRouteGuard(authorizer) || (authorizer.authorizationType ?? "JWT") === "JWT";
