import { Annotations, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

// Rules of cdk-nag that are not met on purpose. Each with its reason; a test holds that there are no others.

/**
 * As `Validations.of(construct).acknowledge` does, without the stack trace that it adds, which holds the paths of the
 * machine: two checkouts would not give the same assembly.
 */
function acknowledge(construct: IConstruct, ...rules: readonly { readonly id: string; readonly reason: string }[]) {
  for (const { id, reason } of rules)
    construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
}

/** A route that the environment declares public. */
export function acknowledgePublicRoute(route: IConstruct): void {
  acknowledge(route, {
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
  acknowledge(
    func,
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
  acknowledge(role, {
    id: "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
    reason: "The environment says tracing: true, and X-Ray's two actions know no resources",
  });
}

/** A topic's subscription by mail, without a queue for what cannot be delivered. */
export function acknowledgeSubscription(topic: IConstruct): void {
  acknowledge(topic, {
    id: "Serverless::Serverless-SNSRedrivePolicy",
    reason: "What a mail would have said stands in CloudWatch, in the alarm's own history",
  });
}

/** A schedule's rule without a queue for runs that were not started. */
export function acknowledgeSchedule(rule: IConstruct): void {
  acknowledge(rule, { id: "Serverless::Serverless-EventBusDLQ", reason: NO_DEAD_LETTERS.schedule });
}

const NETWORK_INTERFACES =
  "Lambda asks for network interfaces on all resources of the account; a second policy denies them to the code itself";

/** A policy by which Lambda puts a function into a VPC. @param arn of the resources on which it may change them */
export function acknowledgeNetworkInterfaces(policy: IConstruct, arn: string): void {
  const finding = arn.replaceAll(
    /\$\{Token\[(AWS\.\w+)\.\d+\]\}/g,
    (_, name: string) => `<${name.replace(".", "::")}>`,
  );
  for (const resource of ["*", finding])
    acknowledge(policy, {
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
      reason: NETWORK_INTERFACES,
    });
}

/** A subnet that is named by its id: its route table is its owner's. */
export function acknowledgeSubnetWithoutRoutes(subnet: IConstruct): void {
  Annotations.of(subnet).acknowledgeWarning(
    "@aws-cdk/aws-ec2:noSubnetRouteTableId",
    "nothing here asks for its routes",
  );
}
