import type { FetchDocument } from "../http/fetch-document.ts";
import { IssuerFault } from "../http/issuer-fault.ts";
import { discoveryUrlOf, readDiscovery } from "../keys/discovery.ts";

/** What a client needs of an issuer's discovery document. */
export interface IssuerPlaces {
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
}

/**
 * Asks an issuer where it gives tokens and where its keys are.
 * @throws IssuerFault as the key client does, and where there is no token endpoint
 */
export async function findPlaces(issuer: string, fetchDocument: FetchDocument): Promise<IssuerPlaces> {
  const text = await fetchDocument(discoveryUrlOf(issuer));
  const jwksUri = readDiscovery(text, issuer);
  const { token_endpoint: tokenEndpoint } = JSON.parse(text) as { token_endpoint?: unknown };
  if (typeof tokenEndpoint !== "string" || !URL.canParse(tokenEndpoint))
    throw new IssuerFault("parse", "the discovery document names no token_endpoint");
  return { tokenEndpoint, jwksUri };
}
