import { Annotations, Stack } from "aws-cdk-lib";
import { CfnAuthorizer, CfnRoute, type HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { DEPLOYMENT_RULES } from "../aws/deployment-rules.ts";
import { routeProblems } from "../aws/route-key.ts";

// What AWS would refuse of an API's routes and JWT authorizers, asked before there is a template: what cdk.json is asked for
// our own environments, for those who use the constructs only. What is known at the deployment only is left as it is.

/** Every route that AWS would not make beside the others. To be asked when everything is there. */
export function brokenRoutes(api: HttpApi): string[] {
  const keys = routesOf(api).map(({ routeKey }) => routeKey);
  return routeProblems(keys).map(({ code, got }) => `${DEPLOYMENT_RULES[code].what}: ${got}`);
}

/**
 * Looks at the issuers of an API's JWT authorizers: another scheme than https cannot be deployed (3.7, OBS1), and a slash at
 * its end has to be in the tokens' `iss` as well (3.6, DOC).
 * @throws Error for an issuer that is known and not https
 */
export function checkIssuers(api: HttpApi): void {
  for (const authorizer of authorizersOf(api)) {
    const issuer = issuerOf(authorizer);
    if (issuer === undefined) continue;
    if (!issuer.startsWith("https://"))
      throw new Error(`the issuer must be an https URL, got ${JSON.stringify(issuer)}`);
    if (issuer.endsWith("/"))
      Annotations.of(api).addWarningV2(
        "gatehouse:issuer-slash",
        `The issuer ${issuer} ends in a slash. API Gateway compares it with the token's iss character by character (3.6)`,
      );
  }
}

const routesOf = (api: HttpApi) => api.node.findAll().filter((one) => one instanceof CfnRoute);
const authorizersOf = (api: HttpApi) => api.node.findAll().filter((one) => one instanceof CfnAuthorizer);

function issuerOf(authorizer: CfnAuthorizer): string | undefined {
  const jwt = Stack.of(authorizer).resolve(authorizer.jwtConfiguration) as { issuer?: unknown } | undefined;
  return typeof jwt?.issuer === "string" ? jwt.issuer : undefined;
}
