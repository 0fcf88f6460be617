import type { FunctionModel, MirrorModel } from "./model.ts";

/** What the mirror takes of a token, by its variables; undefined for any other function. */
export function mirrorOf({ environment }: FunctionModel): MirrorModel | undefined {
  const { ISSUER: issuer, AUDIENCE: audience, ROUTE_SCOPES: text } = environment;
  if (issuer === undefined || audience === undefined || text === undefined) return undefined;
  if (!URL.canParse(issuer)) return undefined;
  const routeScopes = readRouteScopes(text);
  const scopes = [...new Set(Object.values(routeScopes).flat())];
  return { issuer, audience: audience.split(","), scopes, routeScopes };
}

/** As far as it can be read: what is not a list of texts is left out. */
function readRouteScopes(text: string): MirrorModel["routeScopes"] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string[]] =>
        Array.isArray(entry[1]) && entry[1].every((one) => typeof one === "string"),
    ),
  );
}
