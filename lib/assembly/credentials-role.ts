import { isLike } from "../aws/arn.ts";
import type { InvokeVerdict } from "../aws/invoke-permission.ts";
import { isJson, type Json } from "../json/json.ts";
import { memberOf, texts } from "../template/cloud-assembly.ts";
import type { Resource } from "../template/resource-names.ts";
import type { StackValues } from "../template/stack-values.ts";
import { openTexts } from "./open-texts.ts";

interface Role {
  readonly stack: StackValues;
  readonly resource: Resource;
  readonly properties: Json;
}

/**
 * Decides whether API Gateway may call a function with the role that an integration or an authorizer names: the role lets
 * API Gateway take it, and one of its policies allows lambda:InvokeFunction on the function.
 * @param arn of the role, resolved
 */
export function roleVerdict(arn: string, functionArn: string, stacks: readonly StackValues[]): InvokeVerdict {
  const role = findRole(arn, stacks);
  if (!role) return { kind: "unsure", reason: `its role ${arn}, which is not in the assembly, lets it` };
  const name = `${role.stack.files.name}/${role.resource.logicalId}`;
  if (!statementsOf(role.properties.AssumeRolePolicyDocument).some(letsApiGatewayIn))
    return {
      kind: "refused",
      cause: "role",
      reason: `its role ${name} does not let apigateway.amazonaws.com assume it`,
    };
  const { statements, isWhole } = policiesOf(role, stacks);
  const answers = new Set(statements.map((statement) => answerOf(statement, functionArn)));
  if (answers.has("deny"))
    return {
      kind: "refused",
      cause: "permission",
      reason: `its role ${name} denies lambda:InvokeFunction on ${functionArn}`,
    };
  if (answers.has("allow")) return { kind: "allowed" };
  if (answers.has("unsure") || !isWhole)
    return { kind: "unsure", reason: `its role ${name} has policies that only a deployment can judge` };
  return {
    kind: "refused",
    cause: "permission",
    reason: `no policy of its role ${name} allows lambda:InvokeFunction on ${functionArn}`,
  };
}

function findRole(arn: string, stacks: readonly StackValues[]): Role | undefined {
  for (const stack of stacks)
    for (const resource of stack.resources.values())
      if (resource.type === "AWS::IAM::Role" && stack.arnOf(resource) === arn)
        return { stack, resource, properties: stack.propertiesOf(resource) };
  return undefined;
}

/** The statements of all policies of a role that the assembly holds, and whether these are all. */
function policiesOf({ stack, resource, properties }: Role, stacks: readonly StackValues[]) {
  const roleName = stack.physicalId(resource);
  const managed = texts(properties.ManagedPolicyArns);
  const found = new Set<string>();
  const inline = listOf(properties.Policies).flatMap((one) =>
    statementsOf(isJson(one) ? one.PolicyDocument : undefined),
  );
  const attached = stacks.flatMap((one) =>
    [...one.resources.values()].flatMap((policy) => {
      if (!POLICY_TYPES.has(policy.type)) return [];
      const own = one.resolve(policy.properties) as Json;
      const ids = [one.physicalId(policy), one.arnOf(policy)];
      const isNamed = managed.some((arn) => ids.includes(arn));
      if (isNamed) for (const id of ids) found.add(id);
      const isAttached = isNamed || own.RoleName === roleName || texts(own.Roles).includes(roleName);
      return isAttached ? statementsOf(own.PolicyDocument) : [];
    }),
  );
  const isWhole =
    managed.every((arn) => found.has(arn) || GIVES_NO_INVOKE.test(arn)) && properties.PermissionsBoundary === undefined;
  return { statements: [...inline, ...attached], isWhole };
}

const POLICY_TYPES: ReadonlySet<string> = new Set([
  "AWS::IAM::Policy",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::RolePolicy",
]);
/** The managed policy that the CDK gives its functions' roles: it allows logs only. */
const GIVES_NO_INVOKE = /:iam::aws:policy\/service-role\/AWSLambdaBasicExecutionRole$/;

function letsApiGatewayIn(statement: Json): boolean {
  const { Effect: effect, Action: action, Principal: principal } = statement;
  const services = principal === "*" ? ["*"] : texts(memberOf({ principal }, "principal").Service);
  return (
    effect === "Allow" &&
    texts(action).some((one) => isLike(one.toLowerCase(), "sts:assumerole")) &&
    services.some((one) => one === "*" || one === "apigateway.amazonaws.com")
  );
}

function answerOf(statement: Json, functionArn: string): "allow" | "deny" | "unsure" | "silent" {
  const { Effect: effect, Action: action, Resource: resource, Condition: condition } = statement;
  if (action === undefined || resource === undefined) return "unsure";
  if (!texts(action).some((one) => isLike(one.toLowerCase(), "lambda:invokefunction"))) return "silent";
  const patterns = texts(resource);
  if (patterns.some((pattern) => isLike(pattern, functionArn)))
    return condition === undefined ? (effect === "Deny" ? "deny" : "allow") : "unsure";
  return patterns.some((pattern) => openTexts(undefined, pattern).length > 0) ? "unsure" : "silent";
}

const statementsOf = (document: unknown): readonly Json[] =>
  isJson(document) ? listOf(document.Statement).filter(isJson) : [];

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
