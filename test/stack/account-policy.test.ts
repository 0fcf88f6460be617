import { describe, expect, test } from "vitest";
import { AccountStack } from "../account/account-template.ts";
import { allows, isAllowed, type Statement } from "../account/iam-policy.ts";
import { needsOf } from "../account/resource-needs.ts";
import { ROUTES, SHAPES } from "./shapes.ts";
import { synthesised } from "./synthesised.ts";

const account = new AccountStack({
  GitHubOwner: "octo",
  GitHubRepository: "orders",
  HostedZoneId: "Z0123456789ABC",
});
const BOUNDARY = { "@aws-cdk/core:permissionsBoundary": { name: "gatehouse-functions" } };

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const resourcesOf = (shape: string, context: object = {}): readonly (readonly [string, Resource])[] =>
  Object.entries(
    synthesised("dev", { region: "eu-central-1", routes: ROUTES, ...SHAPES[shape], ...context }).template.toJSON()
      .Resources as Readonly<Record<string, Resource>>,
  );

/** What a request to IAM says besides: nothing that a call without it would be refused for is given to a call of another kind. */
const contextOf = (action: string): Readonly<Record<string, string>> => {
  if (action === "iam:PassRole") return { "iam:PassedToService": "lambda.amazonaws.com" };
  if (action === "iam:CreateServiceLinkedRole") return { "iam:AWSServiceName": "ops.apigateway.amazonaws.com" };
  return { "iam:PermissionsBoundary": account.ref("FunctionBoundary") };
};

const calls = Object.keys(SHAPES).flatMap((shape) =>
  [...resourcesOf(shape), ["BootstrapVersion", { Type: "BootstrapVersion" }] as const].flatMap(([id, { Type }]) => {
    const needs = needsOf("Gatehouse-dev", id)[Type];
    if (!needs) throw new Error(`nobody knows what ${Type} needs`);
    return Object.entries(needs).flatMap(([resource, actions]) =>
      actions.map((action) => ({ action, resource, context: contextOf(action) })),
    );
  }),
);

describe("the policy that CloudFormation works with", () => {
  const statements = account.statements("ExecutionPolicy", "PolicyDocument");

  test("allows what every resource of every shape of an environment needs", () => {
    const missing = calls.filter((call) => !isAllowed(statements, call));
    expect(new Set(missing.map(({ action, resource }) => `${action} ${resource}`))).toEqual(new Set());
  });

  test("allows nothing that no resource needs: each of its actions is some resource's", () => {
    const idle = statements.flatMap((statement) =>
      [statement.Action]
        .flat()
        .filter((Action) => !calls.some((call) => allows({ ...statement, Action }, call)))
        .map((action) => `${statement.Sid}: ${action}`),
    );
    expect(idle).toEqual([]);
  });

  test("is small enough to be a managed policy: 6,144 characters without white space", () => {
    expect(JSON.stringify({ Version: "2012-10-17", Statement: statements }).length).toBeLessThanOrEqual(6_144);
  });

  test("gives rights to roles below the boundary only, passes them to Lambda only, and touches no other stack's", () => {
    const call = { action: "iam:PutRolePolicy", resource: "arn:aws:iam::123456789012:role/Gatehouse-dev-BusinessRole" };
    expect(isAllowed(statements, { ...call, context: contextOf(call.action) })).toBe(true);
    expect(isAllowed(statements, call)).toBe(false);
    for (const action of [
      "iam:AttachRolePolicy",
      "iam:DeleteRolePermissionsBoundary",
      "iam:CreatePolicyVersion",
      "iam:CreateUser",
    ])
      expect(isAllowed(statements, { ...call, action, context: contextOf(action) }), action).toBe(false);
    const pass = { ...call, action: "iam:PassRole" };
    expect(isAllowed(statements, { ...pass, context: { "iam:PassedToService": "ec2.amazonaws.com" } })).toBe(false);
    const other = "arn:aws:lambda:eu-central-1:123456789012:function:Payments-prod-Function";
    expect(isAllowed(statements, { action: "lambda:UpdateFunctionCode", resource: other })).toBe(false);
  });
});

describe("the boundary of the functions' roles", () => {
  test("is on every role, by the context that the CDK reads", () => {
    for (const shape of ["native", "lambda in a VPC", "alarms and watch"]) {
      const roles = resourcesOf(shape, BOUNDARY).filter(([, { Type }]) => Type === "AWS::IAM::Role");
      expect(roles.length).toBeGreaterThan(0);
      for (const [id, { Properties }] of roles)
        expect(JSON.stringify(Properties.PermissionsBoundary), id).toContain(":policy/gatehouse-functions");
    }
  });

  test("takes nothing away that a function's own role gives, and adds nothing", () => {
    const within = account.statements("FunctionBoundary", "PolicyDocument");
    const bounded = new Set(within.flatMap(({ Action }) => Action));
    const shapes = [
      ...Object.keys(SHAPES).map((shape) => resourcesOf(shape)),
      resourcesOf("native", { tracing: true }),
    ];
    const given = new Set(
      shapes.flat().flatMap(([, { Type, Properties }]) => {
        if (Type === "AWS::IAM::Policy") return [Properties.PolicyDocument as Document].flatMap(actionsOf);
        const policies = (Properties?.Policies ?? []) as readonly { readonly PolicyDocument: Document }[];
        return Type === "AWS::IAM::Role" ? policies.flatMap(({ PolicyDocument }) => actionsOf(PolicyDocument)) : [];
      }),
    );
    expect([...bounded].toSorted()).toEqual([...given].toSorted());
  });
});

interface Document {
  readonly Statement: readonly Statement[];
}

const actionsOf = ({ Statement }: Document) =>
  Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
