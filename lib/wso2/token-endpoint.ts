import type { FetchDocument } from "../http/fetch-document.ts";
import { IssuerFault } from "../http/issuer-fault.ts";
import { discoveryUrlOf, readDiscovery } from "../keys/discovery.ts";

/** What a client needs of an issuer's discovery document. */
export interface IssuerPlaces {
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  /** Where a device asks for its code (RFC 8628 section 4); undefined where there is none. */
  readonly deviceAuthorizationEndpoint: string | undefined;
}

/**
 * Asks an issuer where it gives tokens and where its keys are.
 * @throws IssuerFault as the key client does, and where there is no token endpoint
 */
export async function findPlaces(issuer: string, fetchDocument: FetchDocument): Promise<IssuerPlaces> {
  const text = await fetchDocument(discoveryUrlOf(issuer));
  const jwksUri = readDiscovery(text, issuer);
  const { token_endpoint: tokenEndpoint, device_authorization_endpoint: device } = JSON.parse(text) as {
    token_endpoint?: unknown;
    device_authorization_endpoint?: unknown;
  };
  if (typeof tokenEndpoint !== "string" || !URL.canParse(tokenEndpoint))
    throw new IssuerFault("parse", "the discovery document names no token_endpoint");
  const deviceAuthorizationEndpoint =
    typeof device === "string" && URL.canParse(device) ? device : besideTokenEndpoint(tokenEndpoint);
  return { tokenEndpoint, jwksUri, deviceAuthorizationEndpoint };
}

const WSO2 = /\/oauth2\/token$/;

/** Before 7.0 Identity Server's discovery document does not name its device endpoint (SRC). */
const besideTokenEndpoint = (tokenEndpoint: string) =>
  WSO2.test(tokenEndpoint) ? tokenEndpoint.replace(WSO2, "/oauth2/device_authorize") : undefined;
