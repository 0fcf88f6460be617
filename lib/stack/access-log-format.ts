/**
 * What is written about each request, as JSON: enough to find the cause of a refusal, and nothing of the token. Claims are
 * left out on purpose. At most 3 KB (section 7, DOC).
 */
const VARIABLES = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  userAgent: "$context.identity.userAgent",
  httpMethod: "$context.httpMethod",
  path: "$context.path",
  routeKey: "$context.routeKey",
  protocol: "$context.protocol",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  authorizerError: "$context.authorizer.error",
  integrationStatus: "$context.integrationStatus",
  integrationLatency: "$context.integrationLatency",
  integrationErrorMessage: "$context.integrationErrorMessage",
  errorMessage: "$context.error.message",
} as const;

export const ACCESS_LOG_FORMAT: string = JSON.stringify(VARIABLES);
