import { Stack, Token } from "aws-cdk-lib";
import { type ISecurityGroup, type ISubnet, type IVpc, SecurityGroup, Subnet, Vpc } from "aws-cdk-lib/aws-ec2";
import { Effect, type IRole, Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { acknowledgeNetworkInterfaces, acknowledgeSubnetWithoutRoutes } from "./acknowledged.ts";
import { mustBeZonesHere } from "./same-region.ts";

/** A network that exists already, by its ids. */
export interface NetworkIds {
  readonly vpcId: string;
  /** One for each subnet, in their order. */
  readonly availabilityZones: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** The part of a network that functions run in. */
export interface Network {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
}

/**
 * Refers to a network by its ids; nothing is looked up in an account.
 * @throws Error where an availability zone is of another region than the stack, or subnets and zones are not as many
 */
export function networkOf(scope: Construct, ids: NetworkIds): Network {
  const { vpcId, availabilityZones, subnetIds, securityGroupIds } = ids;
  mustBeZonesHere(scope, availabilityZones);
  mustBePlaced(ids);
  const within = new Construct(scope, "Network");
  return {
    vpc: Vpc.fromVpcAttributes(within, "Vpc", { vpcId, availabilityZones: [...availabilityZones] }),
    subnets: subnetIds.map((subnetId, index) =>
      subnetOf(within, `Subnet${index}`, subnetId, availabilityZones[index % availabilityZones.length] ?? ""),
    ),
    // Its rules are its owner's: nothing is added to them here.
    securityGroups: securityGroupIds.map((id, index) =>
      SecurityGroup.fromSecurityGroupId(within, `SecurityGroup${index}`, id, { mutable: false }),
    ),
  };
}

/** Each subnet has its own zone; lists that are known at the deployment only are left as they are. */
function mustBePlaced({ availabilityZones, subnetIds, securityGroupIds }: NetworkIds) {
  if (Token.isUnresolved(availabilityZones) || Token.isUnresolved(subnetIds)) return;
  if (subnetIds.length === 0 || availabilityZones.length !== subnetIds.length)
    throw new Error(
      `a network has subnets and one availability zone for each, got ${subnetIds.length} subnets and ${availabilityZones.length} zones`,
    );
  if (securityGroupIds.length === 0) throw new Error("a network has at least one security group, got none");
}

function subnetOf(scope: Construct, id: string, subnetId: string, availabilityZone: string): ISubnet {
  const subnet = Subnet.fromSubnetAttributes(scope, id, { subnetId, availabilityZone });
  acknowledgeSubnetWithoutRoutes(subnet);
  return subnet;
}

/** What Lambda asks of a role to put a function into a VPC. */
const DESCRIBE = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
const CHANGE = [
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/**
 * Lets the Lambda service, by a function's role, put network interfaces into a VPC; and forbids it to the function's
 * own code, which has the same role (condition `lambda:SourceFunctionArn`).
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export function grantNetworkInterfaces(scope: Construct, func: IFunction, role: IRole): void {
  const { region, account, partition } = Stack.of(scope);
  const all = `arn:${partition}:ec2:${region}:${account}:*/*`;
  const interfaces = new Policy(scope, "NetworkInterfaces", {
    roles: [role],
    statements: [
      // EC2 describes everything or nothing.
      new PolicyStatement({ actions: DESCRIBE, resources: ["*"] }),
      new PolicyStatement({ actions: CHANGE, resources: [all] }),
    ],
  });
  acknowledgeNetworkInterfaces(interfaces, all);
  // Lambda looks at the role while it makes the function.
  func.node.addDependency(interfaces);
  new Policy(scope, "NotByItsOwnCode", {
    roles: [role],
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        actions: [...CHANGE, "ec2:DetachNetworkInterface", ...DESCRIBE],
        resources: ["*"],
        conditions: { ArnEquals: { "lambda:SourceFunctionArn": [func.functionArn] } },
      }),
    ],
  });
}
