import { join } from "node:path";
import { App, CfnOutput, Duration, Stack, type StackProps, Stage } from "aws-cdk-lib";
import {
  CfnStage,
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpStage,
  PayloadFormatVersion,
} from "aws-cdk-lib/aws-apigatewayv2";
import {
  HttpJwtAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

// A shop: its authorizer, its orders and its API are stacks of their own, as three teams deploy them, within one stage of
// the CDK. What crosses from stack to stack is left to the CDK, which writes exports and imports.

const functions = join(import.meta.dirname, "functions");

class AuthStack extends Stack {
  readonly guard: LambdaFunction;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.guard = new LambdaFunction(this, "Guard", {
      runtime: Runtime.NODEJS_22_X,
      handler: "index.handler",
      code: Code.fromAsset(join(functions, "guard")),
      timeout: Duration.seconds(3),
      environment: { DOOR: "let-me-in" },
    });
  }
}

class OrderStack extends Stack {
  readonly orders: LambdaFunction;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.orders = new LambdaFunction(this, "Orders", {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromAsset(join(functions, "orders")),
    });
  }
}

interface ApiStackProps extends StackProps {
  readonly guard: LambdaFunction;
  readonly orders: LambdaFunction;
}

class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { guard, orders, ...props }: ApiStackProps) {
    super(scope, id, props);
    const api = new HttpApi(this, "Api", {
      apiName: "shop",
      corsPreflight: {
        allowOrigins: ["https://shop.example"],
        allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
        allowHeaders: ["authorization", "content-type"],
        allowCredentials: true,
        maxAge: Duration.minutes(10),
      },
    });
    const beta = new HttpStage(this, "Beta", { httpApi: api, stageName: "beta", autoDeploy: true });
    const { defaultChild } = beta.node;
    if (defaultChild instanceof CfnStage) defaultChild.stageVariables = { colour: "green" };

    const partners = new HttpJwtAuthorizer("Partners", "https://sso.partner.example/oauth2/token", {
      jwtAudience: ["shop-partner"],
    });
    const keys = new HttpLambdaAuthorizer("Keys", guard, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ["$request.header.X-Api-Key"],
      resultsCacheTtl: Duration.minutes(1),
    });
    const policies = new HttpLambdaAuthorizer("Policies", guard, {
      authorizerName: "policies",
      responseTypes: [HttpLambdaResponseType.IAM],
      identitySource: ["$request.querystring.key"],
      resultsCacheTtl: Duration.seconds(0),
    });
    const integration = new HttpLambdaIntegration("Orders", orders);
    const old = new HttpLambdaIntegration("OrdersOld", orders, {
      payloadFormatVersion: PayloadFormatVersion.VERSION_1_0,
    });
    const catalogue = new HttpLambdaIntegration(
      "Catalogue",
      new LambdaFunction(this, "CatalogueFunction", {
        runtime: Runtime.NODEJS_22_X,
        handler: "app.list",
        code: Code.fromAsset(join(functions, "catalogue")),
      }),
    );
    api.addRoutes({ path: "/orders/{id}", methods: [HttpMethod.GET], integration, authorizer: keys });
    api.addRoutes({ path: "/orders", methods: [HttpMethod.POST], integration, authorizer: policies });
    api.addRoutes({
      path: "/partner/{proxy+}",
      methods: [HttpMethod.ANY],
      integration: old,
      authorizer: partners,
      authorizationScopes: ["orders"],
    });
    api.addRoutes({ path: "/catalogue", methods: [HttpMethod.GET], integration: catalogue });
    new CfnOutput(this, "Url", { value: api.apiEndpoint });
  }
}

class Shop extends Stage {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { guard } = new AuthStack(this, "Auth");
    const { orders } = new OrderStack(this, "Orders");
    new ApiStack(this, "Api", { guard, orders });
  }
}

const app = new App();
new Shop(app, "Prod");
app.synth();
