import { isJson, type Json } from "../json/json.ts";
import { texts } from "../template/cloud-assembly.ts";
import { type AssemblyNotes, noteOnce } from "./deployment-finding.ts";
import type { AuthorizationModel, UnservedPart } from "./model.ts";
import { isOpen, placeholder, standInIssuer } from "./placeholders.ts";

/** What a route says of its JWT authorizer. */
export interface JwtGuardOptions {
  readonly id: string;
  /** The authorizer's own name. */
  readonly name: string;
  readonly identitySource: readonly string[];
  readonly scopes: readonly string[];
}

/** Reads a JWT authorizer as the guard of a route. An issuer that only a deployment knows gets a stand-in, and is noted. */
export function jwtGuard(
  { JwtConfiguration: configuration }: Json,
  { id, name, identitySource, scopes }: JwtGuardOptions,
  notes: Pick<AssemblyNotes, "placeholders">,
): AuthorizationModel {
  const { Issuer: issuer, Audience: audience } = isJson(configuration) ? configuration : {};
  if (issuer === undefined || issuer === "")
    return { kind: "unserved", reason: `its authorizer ${name} names no issuer`, refusal: "issuer-missing" };
  const isUrl = typeof issuer === "string" && URL.canParse(issuer);
  if (typeof issuer !== "string" || (!isUrl && !isOpen(issuer)))
    return {
      kind: "unserved",
      reason: `the issuer of its authorizer ${name}, ${JSON.stringify(issuer ?? null)}, is not a URL`,
      advice: "write the issuer as its tokens do, https:// included",
    };
  const standIn = isUrl ? {} : { standsFor: issuer };
  const local = isUrl ? issuer : standInIssuer(issuer);
  if (!isUrl)
    noteOnce(
      notes.placeholders,
      placeholder(`the issuer of the authorizer ${name}`, issuer, `tokens of ${local} open its routes here`),
    );
  // The API asks for a source; where a template leaves it out, the one that everybody uses stands.
  const source = identitySource.length === 0 ? ["$request.header.Authorization"] : identitySource;
  return {
    kind: "jwt",
    scopes,
    authorizer: { id, name, issuer: local, ...standIn, audience: texts(audience), identitySource: source },
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
