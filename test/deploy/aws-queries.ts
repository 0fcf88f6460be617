import { type Engine, REGION } from "./engine.ts";

// What an engine holds, asked as an AWS client does. The engines check no signature, so none is made.

const authorization = (service: string, region = REGION) =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`;

async function askCloudFormation(
  engine: Engine,
  query: Readonly<Record<string, string>>,
  region: string = REGION,
): Promise<string> {
  const response = await fetch(engine.endpoint, {
    method: "POST",
    headers: {
      authorization: authorization("cloudformation", region),
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    },
    body: new URLSearchParams({ Version: "2010-05-15", ...query }).toString(),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status}: ${text.slice(0, 500)}`);
  return text;
}

/** Turns a stack's termination protection off. */
export async function allowTermination(engine: Engine, stack: string): Promise<void> {
  const query = { Action: "UpdateTerminationProtection", StackName: stack, EnableTerminationProtection: "false" };
  await askCloudFormation(engine, query);
}

/** Asks for a stack of a template of one's own, and does not wait for it. */
export async function createStack(
  engine: Engine,
  stack: string,
  template: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const members = Object.entries(parameters).flatMap(([key, value], at) => [
    [`Parameters.member.${at + 1}.ParameterKey`, key],
    [`Parameters.member.${at + 1}.ParameterValue`, value],
  ]);
  await askCloudFormation(engine, {
    Action: "CreateStack",
    StackName: stack,
    TemplateBody: template,
    "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
    ...Object.fromEntries(members),
  });
}

/** The stacks that are there, by name, each with its status; deleted ones are left out. */
export async function stackStatuses(engine: Engine, region?: string): Promise<Readonly<Record<string, string>>> {
  const text = await askCloudFormation(engine, { Action: "DescribeStacks" }, region);
  const stacks = [...text.matchAll(/<StackName>([^<]+)<\/StackName>[\s\S]*?<StackStatus>([^<]+)<\/StackStatus>/g)];
  return Object.fromEntries(stacks.map(([, name = "", status = ""]) => [name, status]));
}

/** The names of the HTTP APIs that are there. */
export async function apiNames(engine: Engine): Promise<readonly string[]> {
  const response = await fetch(`${engine.endpoint}/v2/apis`, {
    headers: { authorization: authorization("apigateway") },
  });
  const { items = [], Items = items } = (await response.json()) as Record<string, { name?: string; Name?: string }[]>;
  return Items.map(({ name, Name = name }) => Name ?? "").toSorted();
}

/** The names of the log groups that are there. */
export async function logGroupNames(engine: Engine): Promise<readonly string[]> {
  const response = await fetch(engine.endpoint, {
    method: "POST",
    headers: {
      authorization: authorization("logs"),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "Logs_20140328.DescribeLogGroups",
    },
    body: "{}",
  });
  const { logGroups = [] } = (await response.json()) as { logGroups?: { logGroupName: string }[] };
  return logGroups.map(({ logGroupName }) => logGroupName).toSorted();
}
