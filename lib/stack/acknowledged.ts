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

/** How a function is called. */
export type FunctionCaller = "api" | "schedule";

const NO_DEAD_LETTERS: Readonly<Record<FunctionCaller, string>> = {
  api: "API Gateway calls it synchronously: the caller gets the error, and a dead letter queue would stay empty",
  schedule: "The next run is minutes away and asks the same; an alarm tells of runs that fail or stay away",
};

/** A function without a dead letter queue, and without tracing where the environment does not ask for it. */
export function acknowledgeFunction(func: IConstruct, caller: FunctionCaller, isTraced: boolean): void {
  Validations.of(func).acknowledge(
    { id: "Serverless::Serverless-LambdaDLQ", reason: NO_DEAD_LETTERS[caller] },
    ...(isTraced
      ? []
      : [
          {
            id: "Serverless::Serverless-LambdaTracing",
            reason: "X-Ray knows no resources, so tracing would cost the role a wildcard; tracing: true turns it on",
          },
        ]),
  );
}

/** A role that may send traces. */
export function acknowledgeTracing(role: IConstruct): void {
  Validations.of(role).acknowledge({
    id: "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
    reason: "The environment says tracing: true, and X-Ray's two actions know no resources",
  });
}

/** A role by which Lambda puts a function into a VPC. */
export function acknowledgeNetworkInterfaces(policy: IConstruct): void {
  Validations.of(policy).acknowledge({
    id: "AwsSolutions::AwsSolutions-IAM5",
    reason:
      "Lambda asks for network interfaces on all resources of the account; a second policy denies them to the code itself",
  });
}
