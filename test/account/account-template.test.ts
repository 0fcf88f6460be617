import { describe, expect, test } from "vitest";
import { ACCOUNT, AccountStack } from "./account-template.ts";
import { isAllowed } from "./iam-policy.ts";

const NAMES = { GitHubOwner: "octo-org", GitHubRepository: "orders.api" };
const NUMBERS = { GitHubOwnerId: "123456", GitHubRepositoryId: "456789" };

const names = new AccountStack(NAMES);
const numbers = new AccountStack({ ...NAMES, ...NUMBERS, GitHubEnvironment: "staging" });

const GITHUB = "token.actions.githubusercontent.com";
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}`;

/** Whether a token of GitHub with this subject opens a role. */
const opens = (stack: AccountStack, role: string, sub: string, aud = "sts.amazonaws.com") =>
  isAllowed(
    stack.statements(role, "AssumeRolePolicyDocument").map((one) => ({ ...one, Resource: "*" })),
    {
      action: "sts:AssumeRoleWithWebIdentity",
      resource: "*",
      context: { [`${GITHUB}:sub`]: sub, [`${GITHUB}:aud`]: aud },
    },
  );

describe("who may become the roles of docs/deploy/account.yaml", () => {
  test("a repository without numbers in its subject: its environment deploys, its pull requests compare", () => {
    expect(opens(names, "DeployRole", "repo:octo-org/orders.api:environment:prod")).toBe(true);
    expect(opens(names, "DiffRole", "repo:octo-org/orders.api:pull_request")).toBe(true);
  });

  test("a repository made since 15 July 2026: by its numbers only, since a name can be given up and taken by another", () => {
    const repository = "repo:octo-org@123456/orders.api@456789";
    expect(opens(numbers, "DeployRole", `${repository}:environment:staging`)).toBe(true);
    expect(opens(numbers, "DiffRole", `${repository}:pull_request`)).toBe(true);
    expect(opens(numbers, "DeployRole", "repo:octo-org/orders.api:environment:staging")).toBe(false);
    expect(opens(numbers, "DeployRole", "repo:octo-org@123456/orders.api@456780:environment:staging")).toBe(false);
  });

  test.each([
    "repo:octo-org/orders.api:environment:staging",
    "repo:octo-org/orders.api:ref:refs/heads/main",
    "repo:octo-org/orders.api:pull_request",
    "repo:octo-org/orders-api:environment:prod",
    "repo:octo-org/orders.api:environment:prod:ref:refs/heads/x",
    "repo:somebody/orders.api:environment:prod",
  ])("the deploying role is not opened by %s", (sub) => {
    expect(opens(names, "DeployRole", sub)).toBe(false);
  });

  test("neither is opened by a token for another audience, nor by another provider's", () => {
    expect(opens(names, "DeployRole", "repo:octo-org/orders.api:environment:prod", "other")).toBe(false);
    for (const role of ["DeployRole", "DiffRole"])
      for (const { Principal } of names.statements(role, "AssumeRolePolicyDocument"))
        expect(Principal).toEqual({ Federated: PROVIDER });
  });
});

describe("what the roles may do", () => {
  test("the deploying role becomes roles of the bootstrap, and can do nothing itself", () => {
    for (const { Action, Resource } of names.statements("DeployRole", "Policies")) {
      expect(Action).toBe("sts:AssumeRole");
      for (const arn of [Resource ?? []].flat())
        expect(arn).toMatch(/^arn:aws:iam::123456789012:role\/cdk-hnb659fds-[a-z-]+-role-123456789012-\*$/);
    }
  });

  test("the diff role reads the templates of these stacks and no data of the account: not by the lookup role either", () => {
    const diff = names.statements("DiffRole", "Policies");
    const template = {
      action: "cloudformation:GetTemplate",
      resource: `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/`,
    };
    expect(isAllowed(diff, { ...template, resource: `${template.resource}Gatehouse-prod/0a1b` })).toBe(true);
    expect(isAllowed(diff, { ...template, resource: `${template.resource}Payments/0a1b` })).toBe(false);
    const lookup = `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-lookup-role-${ACCOUNT}-eu-central-1`;
    expect(isAllowed(diff, { action: "sts:AssumeRole", resource: lookup })).toBe(false);
    expect(diff.flatMap(({ Action }) => Action)).toEqual([
      "cloudformation:DescribeStacks",
      "cloudformation:GetTemplate",
    ]);
  });
});

test("the provider of an account that has one is taken, not made again", () => {
  expect(names.resources).toContain("Provider");
  expect(new AccountStack({ ...NAMES, GitHubProvider: "take" }).resources).not.toContain("Provider");
});
