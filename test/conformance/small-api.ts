import type { AuthorizationModel, FunctionModel, HttpApiModel, RouteModel } from "../../lib/assembly/model.ts";
import { ORDER_SCOPES } from "../../lib/conformance/conformance-api.ts";
import { AUDIENCES, ISSUER } from "../../lib/conformance/token-recipe.ts";

/** Answers what its authorizer context was, so that a case can look at the claims. */
const ECHO = `exports.handler = async (event) => ({ authorizer: event.requestContext.authorizer ?? null });`;

const ECHO_FUNCTION: FunctionModel = {
  name: "conformance-echo",
  logicalId: "Echo",
  arn: "arn:aws:lambda:us-east-1:123456789012:function:conformance-echo",
  region: "us-east-1",
  code: { inline: ECHO },
  handler: "index.handler",
  runtime: "nodejs24.x",
  environment: {},
  timeoutMs: 10_000,
  memoryMb: 128,
  reservedConcurrency: undefined,
  logGroup: "/aws/lambda/conformance-echo",
};

const jwt = (identitySource: string, scopes: readonly string[] = []): AuthorizationModel => ({
  kind: "jwt",
  scopes,
  authorizer: {
    id: identitySource,
    name: "conformance",
    issuer: ISSUER,
    audience: AUDIENCES,
    identitySource: [identitySource],
  },
});

const HEADER = "$request.header.Authorization";

const route = (key: string, authorization: AuthorizationModel): RouteModel => ({
  key,
  logicalId: key,
  authorization,
  integration: {
    kind: "lambda",
    function: ECHO_FUNCTION,
    permission: { by: "assumption" },
    payloadFormat: "2.0",
    timeoutMs: 30_000,
  },
});

/** Four routes whose function tells its authorizer context: for tests that need a small API and not the whole table. */
export const SMALL_API: HttpApiModel = {
  stack: "conformance",
  logicalId: "Api",
  name: "conformance",
  apiId: "conformanc",
  account: "123456789012",
  region: "us-east-1",
  cors: undefined,
  stages: [
    {
      name: "$default",
      variables: {},
      accessLogFormat: "$context.authorizer.error",
      throttle: undefined,
      routeThrottles: {},
    },
  ],
  routes: [
    route("GET /me", jwt(HEADER)),
    route("GET /orders", jwt(HEADER, ORDER_SCOPES)),
    route("GET /query", jwt("$request.querystring.access_token")),
    route("GET /open", { kind: "none" }),
  ],
};
