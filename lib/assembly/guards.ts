import { isJson, type Json } from "../json/json.ts";
import { texts } from "../template/cloud-assembly.ts";
import type { AuthorizationModel, UnservedPart } from "./model.ts";

/** Reads a JWT authorizer as the guard of a route. */
export function jwtGuard(
  { JwtConfiguration: configuration }: Json,
  id: string,
  name: string,
  identitySource: readonly string[],
  scopes: readonly string[],
): AuthorizationModel {
  const { Issuer: issuer, Audience: audience } = isJson(configuration) ? configuration : {};
  if (issuer === undefined || issuer === "")
    return { kind: "unserved", reason: `its authorizer ${name} names no issuer`, refusal: "issuer-missing" };
  if (typeof issuer !== "string" || !URL.canParse(issuer))
    return {
      kind: "unserved",
      reason: `the issuer of its authorizer ${name}, ${JSON.stringify(issuer ?? null)}, is not known before a deployment`,
      advice: "give the parameter that holds it a value: --parameters NAME=VALUE",
    };
  // The API asks for a source; where a template leaves it out, the one that everybody uses stands.
  const source = identitySource.length === 0 ? ["$request.header.Authorization"] : identitySource;
  return {
    kind: "jwt",
    scopes,
    authorizer: { id, name, issuer, audience: texts(audience), identitySource: source },
  };
}

/** AWS refuses such a route (3.27, OBS1); served without its scopes it would be more open than it reads. */
export const scopesWithoutJwt = (type: string, scopes: readonly string[]): UnservedPart => ({
  kind: "unserved",
  reason: `it is of AuthorizationType ${type} and asks for the scopes ${scopes.join(", ")}`,
  refusal: "scopes-without-jwt",
});

/** A security scheme that the document does not define. SAM writes `NONE` for an open route (9.10, OBS1). */
export const undefinedScheme = (scheme: string): AuthorizationModel =>
  scheme === "NONE"
    ? { kind: "none" }
    : { kind: "unserved", reason: `the security scheme ${scheme} is not defined`, refusal: "scheme-undefined" };
