import { ArnFormat, Names, Stack } from "aws-cdk-lib";
import type { HttpRouteIntegrationBindOptions } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";

/**
 * A function behind every route of an API, with one permission for all of them. A permission a route fills the function's
 * policy, of at most 20 KB, at some fifty routes, and the stack, of at most 500 resources, at some 240. The one that
 * `scopePermissionToRoute: false` makes leaves `$default` out, which presents two parts after the API's id and not three
 * (6.30).
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export class FunctionIntegration extends HttpLambdaIntegration {
  readonly #handler: IFunction;

  constructor(id: string, handler: IFunction) {
    super(id, handler);
    this.#handler = handler;
  }

  protected override completeBind({ route }: HttpRouteIntegrationBindOptions): void {
    const api = route.httpApi;
    const id = `MayCall${Names.nodeUniqueId(this.#handler.node)}`;
    if (api.node.tryFindChild(id)) return;
    this.#handler.addPermission(id, {
      scope: api,
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: Stack.of(api).formatArn({
        service: "execute-api",
        resource: api.apiId,
        resourceName: "*/*",
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    });
  }
}
