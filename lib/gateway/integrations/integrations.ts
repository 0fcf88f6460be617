import type { FunctionModel, IntegrationModel } from "../../assembly/model.ts";
import { DEPLOYMENT_RULES } from "../../aws/deployment-rules.ts";
import type { FunctionRunner } from "../../functions/function-runner.ts";
import { cause } from "../answer-cause.ts";
import { INTERNAL_SERVER_ERROR } from "../answers.ts";
import { httpIntegration } from "./http-integration.ts";
import type { RouteIntegration } from "./integration.ts";
import { lambdaIntegration } from "./lambda-integration.ts";

/** What integrations are made from. */
export interface IntegrationParts {
  readonly runnerOf: (model: FunctionModel) => FunctionRunner;
}

type Kind = IntegrationModel["kind"];
type ModelOf<Of extends Kind> = Extract<IntegrationModel, { kind: Of }>;

/** Every kind of integration that a route may have. */
const INTEGRATIONS: { readonly [Of in Kind]: (model: ModelOf<Of>, parts: IntegrationParts) => RouteIntegration } = {
  lambda: (model, { runnerOf }) => lambdaIntegration(model, runnerOf(model.function)),
  http: (model) => httpIntegration(model),
  unserved: ({ reason, advice = null, refusal }) => {
    const why = cause("not-served", reason, advice ?? (refusal === undefined ? null : DEPLOYMENT_RULES[refusal].fix));
    const failed = {
      answer: INTERNAL_SERVER_ERROR,
      facts: undefined,
      call: undefined,
      localReason: reason,
      cause: why,
    };
    return { responseMappings: undefined, send: () => Promise.resolve(failed) };
  },
};

/** Makes the integration of a route. */
export function integrationOf<Of extends Kind>(model: ModelOf<Of>, parts: IntegrationParts): RouteIntegration {
  const make: (model: ModelOf<Of>, parts: IntegrationParts) => RouteIntegration = INTEGRATIONS[model.kind];
  return make(model, parts);
}
