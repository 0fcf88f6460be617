import type { IntegrationModel, ParameterMapping } from "../../assembly/model.ts";
import { type AuthorizerContext, type EventContext, eventBody, eventV1, eventV2 } from "../../aws/event.ts";
import type { HttpRequest } from "../../aws/http-request.ts";
import type { Invocation } from "../../functions/execution-environment.ts";
import type { FunctionRunner } from "../../functions/function-runner.ts";
import { cause } from "../answer-cause.ts";
import { INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS } from "../answers.ts";
import { refusedIntegration } from "../may-invoke.ts";
import { mapRequest, type RequestScope } from "../parameter-mapping.ts";
import type { FunctionCall } from "../request-log.ts";
import { functionAnswer } from "./function-answer.ts";
import { failedWith, type IntegrationResponse, type RouteIntegration } from "./integration.ts";

type LambdaIntegrationModel = Extract<IntegrationModel, { kind: "lambda" }>;

/** Answers with what a function returns. */
export function lambdaIntegration(model: LambdaIntegrationModel, runner: FunctionRunner): RouteIntegration {
  const { payloadFormat, timeoutMs, mappings, permission, function: func } = model;
  const makeEvent = payloadFormat === "1.0" ? eventV1 : eventV2;
  return {
    responseMappings: mappings?.response,
    send: async (context, scope, authorizer) => {
      const refused = refusedIntegration(permission, context, scope.incoming.method);
      if (refused)
        return failedWith(INTERNAL_SERVER_ERROR, undefined, refused.error, {
          localReason: `API Gateway may not call ${func.name}: ${refused.reason}`,
          cause: cause(
            "no-permission",
            `API Gateway may not call ${func.name}: ${refused.reason}`,
            "add an AWS::Lambda::Permission for apigateway.amazonaws.com; where it is made elsewhere, --assume-permissions",
            "6.29",
            "OBS+",
          ),
        });
      const event = eventOf(context, scope, authorizer);
      const { requestId } = context;
      const invocation = await runner.invoke({ event, requestId, timeoutMs });
      const call: FunctionCall = { functionName: func.name, event, invocation };
      return responseOf(invocation, call, scope);
    },
  };

  function eventOf(context: EventContext, scope: RequestScope, authorizer: AuthorizerContext | undefined): string {
    const incoming = mappings?.request.length ? mapped(mappings.request, scope) : scope.incoming;
    const body = eventBody(scope.body, incoming.header("content-type"));
    return JSON.stringify(makeEvent(context, incoming, body, authorizer));
  }

  function responseOf(invocation: Invocation, call: FunctionCall, { hasCors }: RequestScope): IntegrationResponse {
    switch (invocation.kind) {
      case "result": {
        const answer = functionAnswer(invocation.text, payloadFormat, hasCors);
        if (answer === INTERNAL_SERVER_ERROR)
          return failedWith(answer, 200, undefined, { call, localReason: INVALID_ANSWER });
        return {
          answer,
          facts: { error: undefined, serviceStatus: 200, status: answer.status },
          call,
          localReason: undefined,
        };
      }
      case "timeout":
        return failedWith(SERVICE_UNAVAILABLE, undefined, "The integration did not answer in time", { call });
      case "throttled":
        return failedWith(TOO_MANY_REQUESTS, 429, "The function has no free environment", { call });
      case "error":
        // Lambda's own answer is a 200 even where the function failed. The text: 6.19 (OBS+).
        return failedWith(
          INTERNAL_SERVER_ERROR,
          200,
          `The Lambda function returned the following error: ${invocation.message}. Check your Lambda function code and try again.`,
          { call },
        );
    }
  }
}

const INVALID_ANSWER =
  "the function's answer has a form that API Gateway does not take: a statusCode from 200 to 599, a body that is a text, headers without line breaks";

/** A function's request after its mappings: its event shows the changed path, query and headers (INF). */
function mapped(mappings: readonly ParameterMapping[], scope: RequestScope): HttpRequest {
  const { path = scope.incoming.path, headers, rawQuery } = mapRequest(mappings, scope);
  return scope.incoming.changed({ path, headers, rawQuery });
}
