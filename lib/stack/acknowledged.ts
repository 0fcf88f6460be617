import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

// Rules of cdk-nag that are not met on purpose. Each with its reason; a test holds that there are no others.

/** A route that is public by its own word in the environment. */
export function acknowledgePublicRoute(route: IConstruct): void {
  Validations.of(route).acknowledge({
    id: "AwsSolutions::AwsSolutions-APIG4",
    reason: "The environment says public: true for this route; every other route has the authorizer",
  });
}

/** A function that API Gateway calls and waits for. */
export function acknowledgeSynchronousFunction(func: IConstruct): void {
  Validations.of(func).acknowledge(
    {
      id: "Serverless::Serverless-LambdaDLQ",
      reason: "API Gateway calls it synchronously: the caller gets the error, and a dead letter queue would stay empty",
    },
    {
      id: "Serverless::Serverless-LambdaTracing",
      reason: "X-Ray knows no resources, so tracing would cost the role its only wildcard",
    },
  );
}
