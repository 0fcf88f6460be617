import { IssuerFault } from "../http/issuer-fault.ts";
import { isJson, isTooDeep, type Json } from "../json/json.ts";

const WELL_KNOWN = ".well-known/openid-configuration";

/**
 * Where an issuer's discovery document is: the issuer with its path, then `/.well-known/openid-configuration` (4.1,
 * OBS+), without a double slash after an issuer that ends in one (4.2, OBS+).
 */
export const discoveryUrlOf = (issuer: string): string => `${issuer}${issuer.endsWith("/") ? "" : "/"}${WELL_KNOWN}`;

/**
 * Reads the `jwks_uri` out of a discovery document whose `issuer` is exactly the configured one (OpenID Connect
 * Discovery section 4.3; 4.7, OBS1). Keys of an https issuer are not fetched over http.
 */
export function readDiscovery(text: string, issuer: string): string {
  const document = parseObject(text);
  const found = document.issuer;
  if (found !== issuer)
    throw new IssuerFault("issuer", `the discovery document's issuer is ${quoted(found)}, configured is "${issuer}"`);
  const { jwks_uri: jwksUri } = document;
  if (typeof jwksUri !== "string" || !URL.canParse(jwksUri))
    throw new IssuerFault("parse", `the discovery document's jwks_uri is ${quoted(jwksUri)}, not a URL`);
  if (new URL(issuer).protocol === "https:" && new URL(jwksUri).protocol !== "https:")
    throw new IssuerFault("parse", `the discovery document's jwks_uri is ${quoted(jwksUri)}, not an https URL`);
  return jwksUri;
}

function parseObject(text: string): Json {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new IssuerFault("parse", "the discovery document is not JSON");
  }
  if (!isJson(document)) throw new IssuerFault("parse", "the discovery document is no JSON object");
  return document;
}

const quoted = (value: unknown) =>
  value === undefined ? "absent" : isTooDeep(value) ? "nested too deeply" : JSON.stringify(value).slice(0, 200);
