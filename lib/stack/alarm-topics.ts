import { Aws } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { acknowledgeSubscription } from "./acknowledged.ts";

/** Who gets alarms. */
export interface AlarmRecipients {
  /** Gets a mail for each alarm, once it has confirmed AWS's first. @default - nobody */
  readonly email?: string | undefined;
  /** A topic that exists; its policy must let CloudWatch publish. @default - none */
  readonly topicArn?: string | undefined;
}

/** The topics that alarms are sent to: one is made for an e-mail address, one that exists is taken as it is. */
export function alarmTopics(scope: Construct, { email, topicArn }: AlarmRecipients): readonly ITopic[] {
  const within = new Construct(scope, "AlarmTopics");
  return [
    ...(email === undefined ? [] : [newTopic(within, email)]),
    ...(topicArn === undefined ? [] : [Topic.fromTopicArn(within, "Existing", topicArn)]),
  ];
}

function newTopic(scope: Construct, email: string): Topic {
  const topic = new Topic(scope, "Mail", { enforceSSL: true });
  // A policy of one's own replaces SNS's default one, by which alarms of the account may publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
    }),
  );
  topic.addSubscription(new EmailSubscription(email));
  acknowledgeSubscription(topic);
  return topic;
}
