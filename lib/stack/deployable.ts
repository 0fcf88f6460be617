import { Annotations, Stack, Token } from "aws-cdk-lib";
import { CfnAuthorizer, CfnRoute, type HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import type { Construct } from "constructs";
import { DEPLOYMENT_RULES } from "../aws/deployment-rules.ts";
import { routeKeyFault, routeProblems } from "../aws/route-key.ts";
import { endsInSlash, issuerFault } from "../config/forms.ts";

// What AWS would refuse of an API's routes and JWT authorizers, asked before there is a template: what cdk.json is asked for
// our own environments, for those who use the constructs only. What is known at the deployment only is left as it is.

/** Every route that AWS would not make beside the others. To be asked when everything is there. */
export function brokenRoutes(api: HttpApi): string[] {
  const keys = routesOf(api).map(({ routeKey }) => routeKey);
  const known = keys.filter((key) => !Token.isUnresolved(key));
  return [
    ...known.flatMap((key) => routeKeyFault(key) ?? []),
    ...routeProblems(keys).map(({ code, got }) => `${DEPLOYMENT_RULES[code].what}: ${got}`),
  ];
}

/** Looks at the issuers of an API's JWT authorizers, each by `checkIssuer`. */
export function checkIssuers(api: HttpApi): void {
  for (const authorizer of authorizersOf(api)) {
    const issuer = issuerOf(authorizer);
    if (issuer !== undefined) checkIssuer(api, issuer);
  }
}

/**
 * Looks at an issuer: another scheme than https cannot be deployed (3.7, OBS1), and a slash at its end has to be in the tokens'
 * `iss` as well (3.6, DOC), which is a warning at `scope`. One that is known at the deployment only is left as it is.
 * @throws Error for an issuer that cannot be one
 */
export function checkIssuer(scope: Construct, issuer: string): void {
  if (Token.isUnresolved(issuer)) return;
  const fault = issuerFault(issuer);
  if (fault !== undefined) throw new Error(`the issuer must be ${fault}, got ${JSON.stringify(issuer)}`);
  if (endsInSlash(issuer))
    Annotations.of(scope).addWarningV2(
      "gatehouse:issuer-slash",
      `The issuer ${issuer} ends in a slash. API Gateway compares it with the token's iss character by character (3.6)`,
    );
}

const routesOf = (api: HttpApi) => api.node.findAll().filter((one) => one instanceof CfnRoute);
const authorizersOf = (api: HttpApi) => api.node.findAll().filter((one) => one instanceof CfnAuthorizer);

function issuerOf(authorizer: CfnAuthorizer): string | undefined {
  const jwt = Stack.of(authorizer).resolve(authorizer.jwtConfiguration) as { issuer?: unknown } | undefined;
  return typeof jwt?.issuer === "string" ? jwt.issuer : undefined;
}
