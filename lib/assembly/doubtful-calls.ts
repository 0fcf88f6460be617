import { authorizerSources, invokeVerdict, routeSources } from "../aws/invoke-permission.ts";
import { parseRouteKey } from "../aws/route-key.ts";
import type { DoubtfulCall, FunctionCall, HttpApiModel, IntegrationModel, RouteModel } from "./model.ts";

/** What an `ANY` route may be asked with. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** Finds the calls of a route's functions that AWS would not let API Gateway make (6.29, 8.11), or perhaps not. */
export function doubtfulCalls(
  api: Pick<HttpApiModel, "apiId" | "account" | "region" | "stages">,
  { key, authorization, integration }: RouteModel,
): readonly DoubtfulCall[] {
  const called = calledBy(integration);
  return [
    ...(authorization.kind === "request"
      ? doubtsOf("authorizer", authorization.authorizer, [
          { stage: "", method: "", arns: authorizerSources(api, authorization.authorizer.id) },
        ])
      : []),
    ...(called
      ? doubtsOf(
          "integration",
          called,
          api.stages.flatMap(({ name: stage }) =>
            (parseRouteKey(key)?.method === "ANY" ? METHODS : [""]).map((method) => ({
              stage,
              method,
              arns: routeSources(api, stage, key, method),
            })),
          ),
        )
      : []),
  ];
}

/** The function of an integration, whether it can run here or not. */
function calledBy(integration: IntegrationModel): FunctionCall | undefined {
  if (integration.kind === "lambda") return integration;
  return integration.kind === "unserved" ? integration.call : undefined;
}

interface Source {
  readonly stage: string;
  readonly method: string;
  readonly arns: readonly string[];
}

/** The worst verdict, and the sources that share it. */
function doubtsOf(
  caller: DoubtfulCall["caller"],
  { permission, function: func }: FunctionCall,
  sources: readonly Source[],
): readonly DoubtfulCall[] {
  const isAssumed = permission.by === "assumption";
  const written = isAssumed ? (permission.template ?? permission) : permission;
  const asked = sources.map((source) => ({ ...source, verdict: invokeVerdict(written, source.arns) }));
  const { verdict } =
    asked.find((one) => one.verdict.kind === "refused") ?? asked.find((one) => one.verdict.kind === "unsure") ?? {};
  if (!verdict || verdict.kind === "allowed") return [];
  const same = asked.filter((one) => one.verdict.kind === verdict.kind);
  const only = (name: "stage" | "method") => {
    const [some, all] = [same, asked].map((list) => [...new Set(list.map((one) => one[name]))]);
    return some?.length === all?.length ? undefined : some;
  };
  return [{ caller, functionName: func.name, verdict, isAssumed, stages: only("stage"), methods: only("method") }];
}

/** Whether all requests to a route answer 500 here, whatever their stage and method. */
export const isRefusedEverywhere = ({ doubtfulCalls: calls = [] }: RouteModel): boolean =>
  calls.some((call) => call.verdict.kind === "refused" && !call.isAssumed && !call.stages && !call.methods);

/** A doubtful call in words: `its function Orders in the stage dev: …`. */
export function doubtText(call: DoubtfulCall): string {
  const { caller, functionName, verdict } = call;
  const whose = caller === "authorizer" ? "its authorizer's function" : "its function";
  return `${whose} ${functionName}${placesOf(call)}: ${verdict.reason}`;
}

/** Where a call is doubtful: ` in the stage dev`, ` for POST`; empty for everywhere. */
export const placesOf = ({ stages, methods }: DoubtfulCall): string =>
  [
    stages === undefined ? "" : ` in the stage ${stages.join(", ")}`,
    methods === undefined ? "" : ` for ${methods.join(", ")}`,
  ].join("");
