import { CfnOutput, Duration, Stack, type StackProps, Tags } from "aws-cdk-lib";
import { CorsHttpMethod, type CorsPreflightOptions, type HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Construct } from "constructs";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { NodeFunction } from "./node-function.ts";
import { ProtectedHttpApi } from "./protected-http-api.ts";

export interface GatehouseStackProps extends StackProps {
  readonly environment: NamedEnvironment;
  /** The folder with package.json, lambda/ and the lock file. */
  readonly projectDirectory: string;
}

/** The article's API: a business Lambda behind an HTTP API whose JWT authorizer trusts WSO2. */
export class GatehouseStack extends Stack {
  readonly api: ProtectedHttpApi;
  readonly business: NodeFunction;

  constructor(scope: Construct, id: string, props: GatehouseStackProps) {
    super(scope, id, props);
    const { environment, projectDirectory } = props;
    const { issuer, audience, identitySource, routes, throttle, logRetentionDays, retainLogs, logKeyArn } = environment;
    const logs = { retentionDays: logRetentionDays, retain: retainLogs, keyArn: logKeyArn };
    this.business = new NodeFunction(this, "Business", {
      entry: `${projectDirectory}/lambda/business.ts`,
      description: `Answers the routes of the ${environment.name} API`,
      projectDirectory,
      logs,
    });
    this.api = new ProtectedHttpApi(this, "Api", {
      apiName: `gatehouse-${environment.name}`,
      description: `An HTTP API that trusts the tokens of ${issuer}`,
      authorizer: new HttpJwtAuthorizer("Jwt", issuer, {
        authorizerName: "wso2",
        jwtAudience: [...audience],
        identitySource: [identitySource],
      }),
      integration: new HttpLambdaIntegration("Integration", this.business.function),
      routes: routes.map(({ method, ...route }) => ({ ...route, method: method as HttpMethod })),
      cors: environment.cors && corsOptions(environment.cors),
      throttle,
      logs,
    });
    this.#output("ApiUrl", this.api.url, "Where the API answers");
    this.#output("Issuer", issuer, "The issuer that the authorizer trusts");
    this.#output("Audience", audience.join(","), "The audiences that it takes");
    this.#output("AccessLogGroup", this.api.accessLog.logGroupName, "One line a request, with the authorizer's error");
    for (const [key, value] of Object.entries({ environment: environment.name, ...environment.tags }))
      Tags.of(this).add(key, value);
  }

  #output(id: string, value: string, description: string) {
    new CfnOutput(this, id, { value, description });
  }
}

function corsOptions(cors: NonNullable<NamedEnvironment["cors"]>): CorsPreflightOptions {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAgeSeconds } = cors;
  return {
    allowOrigins,
    allowHeaders,
    allowCredentials,
    allowMethods: allowMethods.map((method) => (method === "*" ? CorsHttpMethod.ANY : (method as CorsHttpMethod))),
    maxAge: Duration.seconds(maxAgeSeconds),
    ...(exposeHeaders.length > 0 ? { exposeHeaders } : {}),
  };
}
