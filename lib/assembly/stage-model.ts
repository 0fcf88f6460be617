import { isJson, type Json } from "../json/json.ts";
import { textMap, textOf, texts } from "../template/cloud-assembly.ts";
import type { CorsModel, StageModel, Throttle } from "./model.ts";

/** Reads the properties of a stage: its variables, its log, its throttles. */
export function readStage(properties: Json): StageModel {
  const log = properties.AccessLogSettings;
  const routes = isJson(properties.RouteSettings) ? properties.RouteSettings : {};
  const throttles = Object.entries(routes).flatMap(([key, settings]) => {
    const throttle = readThrottle(settings);
    return throttle ? [[key, throttle] as const] : [];
  });
  return {
    name: textOf(properties.StageName, "$default"),
    variables: textMap(properties.StageVariables),
    accessLogFormat: isJson(log) && typeof log.Format === "string" ? log.Format : undefined,
    throttle: readThrottle(properties.DefaultRouteSettings),
    routeThrottles: Object.fromEntries(throttles),
  };
}

function readThrottle(settings: unknown): Throttle | undefined {
  if (!isJson(settings) || settings.ThrottlingRateLimit === undefined) return undefined;
  const rate = Number(settings.ThrottlingRateLimit);
  return { rate, burst: Number(settings.ThrottlingBurstLimit ?? rate) };
}

/** Reads an API's `CorsConfiguration`. */
export function readCors(value: unknown): CorsModel | undefined {
  if (!isJson(value)) return undefined;
  return {
    allowOrigins: texts(value.AllowOrigins),
    allowMethods: texts(value.AllowMethods),
    allowHeaders: texts(value.AllowHeaders),
    exposeHeaders: texts(value.ExposeHeaders),
    allowCredentials: value.AllowCredentials === true || value.AllowCredentials === "true",
    maxAgeSeconds: value.MaxAge === undefined ? undefined : Number(value.MaxAge),
  };
}
