import { join } from "node:path";
import { Annotations, Duration } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { Architecture, LoggingFormat, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { CaBundle } from "../config/ca-bundle.ts";
import { acknowledgeFunction, acknowledgeTracing, type FunctionCaller } from "./acknowledged.ts";
import { functionCode } from "./function-code.ts";
import { type LogSettings, newLogGroup, newLoggingRole } from "./function-log.ts";
import { grantNetworkInterfaces, type Network } from "./vpc-access.ts";

/** What the functions of this project have in common. */
export interface FunctionSettings {
  /** Of each function. @default 30 days, removed with the stack */
  readonly logs?: LogSettings | undefined;
  /** The folder with lambda/, package.json and the lock file. @default - the one that this construct is in */
  readonly projectDirectory?: string | undefined;
  /** Send traces to X-Ray. @default false */
  readonly tracing?: boolean | undefined;
  /** Deploy source maps with the code, so that traces in the log name lines of TypeScript. @default false */
  readonly sourceMaps?: boolean | undefined;
}

export interface NodeFunctionProps extends FunctionSettings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly reservedConcurrentExecutions?: number | undefined;
  /** The TypeScript file that exports `handler`, from the project's folder on. */
  readonly entry: string;
  readonly description: string;
  readonly caller: FunctionCaller;
  /** MB. @default 256 */
  readonly memoryMb?: number;
  /** @default 10 seconds */
  readonly timeout?: Duration;
  /** @default - outside any VPC */
  readonly network?: Network | undefined;
  /** Comes with the code as `ca.pem`, and `CA_BUNDLE` names it. @default - the authorities that come with Node */
  readonly caBundle?: CaBundle | undefined;
}

const OWN_PROJECT = join(import.meta.dirname, "..", "..");

/**
 * A function as this project deploys it: bundled by esbuild without Docker, nodejs24.x on arm64, a log group and a role of
 * its own. The bundle is for Node 20, so that the very same file runs on a laptop.
 */
export class NodeFunction extends Construct {
  readonly function: NodejsFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { entry, logs, caller, network, caBundle, memoryMb, timeout, sourceMaps = false } = props;
    const { projectDirectory = OWN_PROJECT, tracing = false, environment = {}, reservedConcurrentExecutions } = props;
    this.logGroup = newLogGroup(this, "Log", logs);
    const role = newLoggingRole(this, "Role", this.logGroup);
    if (tracing) grantTracing(role);
    this.function = new NodejsFunction(this, "Function", {
      handler: "index.handler",
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb ?? 256,
      timeout: timeout ?? Duration.seconds(10),
      role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      code: functionCode({
        projectDirectory,
        entry,
        withSourceMap: sourceMaps,
        ...(caBundle === undefined ? {} : { beside: { "ca.pem": caBundle.file } }),
      }),
      awsSdkConnectionReuse: false,
      environment: {
        ...(sourceMaps ? { NODE_OPTIONS: "--enable-source-maps" } : {}),
        ...environment,
        ...(caBundle === undefined ? {} : { CA_BUNDLE: "ca.pem" }),
      },
      ...(tracing ? { tracing: Tracing.ACTIVE } : {}),
      ...(reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions }),
      ...(network === undefined
        ? {}
        : {
            vpc: network.vpc,
            vpcSubnets: { subnets: [...network.subnets] },
            securityGroups: [...network.securityGroups],
          }),
    });
    if (network) grantNetworkInterfaces(this, this.function, role);
    acknowledgeFunction(this.function, caller, tracing);
    for (const one of caBundle?.warnings ?? []) Annotations.of(this).addWarningV2("gatehouse:ca-bundle", one);
    for (const one of caBundle?.notes ?? []) Annotations.of(this).addInfo(one);
  }
}

function grantTracing(role: Role) {
  role.addToPolicy(
    new PolicyStatement({ actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] }),
  );
  acknowledgeTracing(role);
}
