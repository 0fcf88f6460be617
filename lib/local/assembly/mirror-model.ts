import type { FunctionModel, MirrorModel } from "./model.ts";

/** What the mirror takes of a token, by its variables; undefined for any other function. */
export function mirrorOf({ environment }: FunctionModel): MirrorModel | undefined {
  const { ISSUER: issuer, AUDIENCE: audience, ROUTE_SCOPES: routeScopes } = environment;
  if (issuer === undefined || audience === undefined || routeScopes === undefined) return undefined;
  if (!URL.canParse(issuer)) return undefined;
  return { issuer, audience: audience.split(","), scopes: [...new Set(scopesIn(routeScopes))] };
}

function scopesIn(routeScopes: string): readonly string[] {
  try {
    return textsIn(JSON.parse(routeScopes));
  } catch {
    return [];
  }
}

/** All texts in a value of JSON, however deep. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];
