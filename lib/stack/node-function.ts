import { Duration } from "aws-cdk-lib";
import { Architecture, type FunctionOptions, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledgeSynchronousFunction } from "./acknowledged.ts";
import { type LogSettings, newLogGroup, newLoggingRole } from "./function-log.ts";

export interface NodeFunctionProps
  extends Pick<
    FunctionOptions,
    "environment" | "vpc" | "vpcSubnets" | "securityGroups" | "reservedConcurrentExecutions"
  > {
  /** Absolute path of the TypeScript file that exports `handler`. */
  readonly entry: string;
  readonly description: string;
  readonly logs: LogSettings;
  /** The folder with package.json and the lock file. */
  readonly projectDirectory: string;
  /** MB. @default 256 */
  readonly memoryMb?: number;
  /** @default 10 seconds */
  readonly timeout?: Duration;
}

/**
 * A function as this project deploys it: bundled by esbuild without Docker, nodejs24.x on arm64, a log group and a role of
 * its own. The bundle is for Node 20, so that the very same file runs on a laptop.
 */
export class NodeFunction extends Construct {
  readonly function: NodejsFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { entry, description, logs, projectDirectory, memoryMb, timeout, ...rest } = props;
    this.logGroup = newLogGroup(this, "Log", logs);
    this.function = new NodejsFunction(this, "Function", {
      entry,
      handler: "handler",
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb ?? 256,
      timeout: timeout ?? Duration.seconds(10),
      role: newLoggingRole(this, "Role", this.logGroup),
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Nothing of the SDK is used: what runs is what was bundled.
      bundling: { minify: true, target: "node20", format: OutputFormat.CJS, sourceMap: false, externalModules: [] },
      projectRoot: projectDirectory,
      depsLockFilePath: `${projectDirectory}/package-lock.json`,
      awsSdkConnectionReuse: false,
      ...rest,
    });
    acknowledgeSynchronousFunction(this.function);
  }
}
