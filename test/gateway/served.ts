import type { HttpApiModel, IntegrationModel, LocalFunction, RouteModel } from "../../lib/assembly/model.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../lib/gateway/gateway.ts";
import type { RequestRecord } from "../../lib/gateway/request-record.ts";
import type { FindKey } from "../../lib/rules/key-answer.ts";

/** A function of a test: its source, and what differs from the usual. */
export interface TestFunction extends Partial<LocalFunction> {
  /** CommonJS that exports `handler`. */
  readonly source?: string;
  /** Of the integration. @default 30,000 */
  readonly integrationTimeoutMs?: number;
  readonly payloadFormat?: "1.0" | "2.0";
}

export function functionOf(name: string, { source = "", ...model }: TestFunction): LocalFunction {
  return {
    name,
    logicalId: name,
    arn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
    region: "eu-central-1",
    code: { inline: source },
    handler: "index.handler",
    runtime: "nodejs24.x",
    environment: {},
    timeoutMs: 10_000,
    memoryMb: 128,
    reservedConcurrency: undefined,
    logGroup: `/aws/lambda/${name}`,
    ...model,
  };
}

/** An API with a public route `ANY /name` for each function. */
export function apiOf(
  functions: Readonly<Record<string, TestFunction>>,
  routes: readonly RouteModel[] = [],
): HttpApiModel {
  return {
    stack: "Test",
    logicalId: "Api",
    name: "test",
    apiId: "testtestte",
    account: "123456789012",
    region: "eu-central-1",
    cors: undefined,
    stages: [{ name: "$default", variables: {}, accessLogFormat: undefined, throttle: undefined, routeThrottles: {} }],
    routes: [
      ...Object.entries(functions).map(([name, one]) => publicRoute(`ANY /${name}`, lambdaOf(name, one))),
      ...routes,
    ],
  };
}

const lambdaOf = (name: string, one: TestFunction): IntegrationModel => {
  const { integrationTimeoutMs: timeoutMs = 30_000, payloadFormat = "2.0", ...model } = one;
  return {
    kind: "lambda",
    function: functionOf(name, model),
    permission: { by: "assumption" },
    payloadFormat,
    timeoutMs,
  };
};

const publicRoute = (key: string, integration: IntegrationModel): RouteModel => ({
  key,
  logicalId: key,
  authorization: { kind: "none" },
  integration,
});

/** A running gateway, and all that it said. */
export interface Served {
  readonly gateway: Gateway;
  readonly records: RequestRecord[];
  /** `name: line` */
  readonly log: string[];
  ask(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; text: string }>;
  /** The error that the integration gave, of the last request. */
  lastError(): string | undefined;
}

interface ServeOptions extends Partial<Pick<GatewayOptions, "patience" | "heldKeysOf" | "allowedHosts">> {
  readonly findKey?: FindKey;
  readonly nowMs?: () => number;
}

export async function serve(
  api: HttpApiModel,
  { findKey, nowMs = Date.now, ...rest }: ServeOptions = {},
): Promise<Served> {
  const records: RequestRecord[] = [];
  const log: string[] = [];
  const gateway = await startGateway({
    api,
    port: 0,
    keysFor: () => findKey ?? (() => ({ kind: "unknown", kids: [] })),
    functionHost: functionHostOf({ nowMs, onLog: (name, line) => void log.push(`${name}: ${line}`) }),
    ...rest,
    onRequest: (record) => void records.push(record),
  });
  return {
    gateway,
    records,
    log,
    ask: async (path, init) => {
      const response = await fetch(`${gateway.url}${path}`, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    lastError: () => records.at(-1)?.integrationError,
  };
}
