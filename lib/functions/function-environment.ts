import { randomBytes } from "node:crypto";
import { delimiter, join } from "node:path";
import type { FunctionModel } from "../assembly/model.ts";
import type { FunctionHost } from "./function-host.ts";

/** What a function finds in an environment of its own. */
export interface FunctionEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** The members of the context object that are the same for every request. */
  readonly context: Readonly<Record<string, string>>;
}

/** The variables by which an AWS SDK finds one profile of the developer's configuration. */
export type AwsProfile = Readonly<Record<string, string>>;

/**
 * Hands the name of a profile and the places of its files to the functions; their SDK reads them itself, as any program of
 * the developer's does, so that SSO, roles and credential processes work and no secret passes through here. Keys that
 * stand in the shell as variables belong to no profile and are not handed on.
 * @param environment that of the process
 */
export function awsProfileOf(name: string, environment: Readonly<Record<string, string | undefined>>): AwsProfile {
  const places = ["HOME", "USERPROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"];
  const found = places.flatMap((place) => {
    const value = environment[place];
    return value === undefined ? [] : [[place, value] as const];
  });
  return { AWS_PROFILE: name, ...Object.fromEntries(found) };
}

/**
 * What one execution environment of a function finds around it: the template's variables and those that Lambda's runtime
 * sets (Lambda developer guide, "Defined runtime environment variables", DOC). Nothing of the developer's shell: neither
 * credentials nor a home folder with a profile in it, unless a profile is named.
 */
export function environmentOf(
  model: FunctionModel,
  { awsProfile, awsEndpoints }: Pick<FunctionHost, "awsProfile" | "awsEndpoints">,
  nowMs: number,
): FunctionEnvironment {
  const { name, arn, runtime, handler, memoryMb, region, logGroup, code, environment } = model;
  const logStream = logStreamName(nowMs);
  return {
    variables: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      LAMBDA_TASK_ROOT: "directory" in code ? code.directory : "/var/task",
      NODE_PATH: layerPaths(model),
      LAMBDA_RUNTIME_DIR: "/var/runtime",
      _HANDLER: handler,
      AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: logStream,
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      ...(awsProfile ?? WITHOUT_CREDENTIALS),
      ...(awsEndpoints && !awsProfile ? EMULATOR_CREDENTIALS : {}),
      ...environment,
      ...awsEndpoints,
    },
    context: {
      functionName: name,
      functionVersion: "$LATEST",
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      logGroupName: logGroup,
      logStreamName: logStream,
    },
  };
}

/** An SDK that finds no credentials says so at once, instead of asking an instance's metadata service for seconds. */
const WITHOUT_CREDENTIALS = { HOME: "/tmp", AWS_EC2_METADATA_DISABLED: "true" };

/** What emulators take and AWS does not: an SDK signs every request with something. */
const EMULATOR_CREDENTIALS = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };

/**
 * The variables by which an AWS SDK finds other endpoints (AWS SDKs reference guide, "Service-specific endpoints", DOC).
 * @param endpoints URLs by service, such as `dynamodb`; by the empty name for all services
 */
export const awsEndpointVariables = (endpoints: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(endpoints).map(([service, url]) => [
      service === "" ? "AWS_ENDPOINT_URL" : `AWS_ENDPOINT_URL_${service.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`,
      url,
    ]),
  );

/** What layers bring: /opt/nodejs in Lambda, the last of them first, since it would have overwritten the others. */
const layerPaths = ({ layers = [], runtime }: FunctionModel) =>
  layers
    .toReversed()
    .flatMap((layer) => ["", runtime.replace(/^nodejs(\d+).*$/, "node$1")].map((one) => join(layer, "nodejs", one)))
    .map((folder) => join(folder, "node_modules"))
    .join(delimiter);

/** `2026/11/25/[$LATEST]` and 32 hex digits: one log stream an environment. */
function logStreamName(nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
}
