import type { FunctionModel, HttpApiModel, RouteModel } from "../../assembly/model.ts";

/** Every function that the APIs call, as often as it is named. */
export const functionsOf = (apis: readonly HttpApiModel[]): readonly FunctionModel[] =>
  apis.flatMap(({ routes }) =>
    routes.flatMap(({ integration, authorization }) => [
      ...(authorization.kind === "request" ? [authorization.authorizer.function] : []),
      ...(integration.kind === "lambda" ? [integration.function] : []),
    ]),
  );

/** The same APIs, with each function as `change` answers it. */
export const withFunctions = (
  apis: readonly HttpApiModel[],
  change: (model: FunctionModel) => FunctionModel,
): readonly HttpApiModel[] =>
  apis.map((api) => ({ ...api, routes: api.routes.map((route) => routeWith(route, change)) }));

export const routeWith = (route: RouteModel, change: (model: FunctionModel) => FunctionModel): RouteModel => {
  const { authorization, integration } = route;
  return {
    ...route,
    authorization:
      authorization.kind === "request"
        ? {
            ...authorization,
            authorizer: { ...authorization.authorizer, function: change(authorization.authorizer.function) },
          }
        : authorization,
    integration:
      integration.kind === "lambda" ? { ...integration, function: change(integration.function) } : integration,
  };
};
