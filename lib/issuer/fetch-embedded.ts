import { documentFetcher, type FetchDocument } from "../http/fetch-document.ts";
import { locateIn } from "./issuer-endpoints.ts";

/** Fetches an issuer's documents from the embedded issuer that stands in for it at `origin`. */
export function embeddedFetcher(standIn: { readonly issuer: string; readonly origin: string }): FetchDocument {
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  return (url) => fetchDocument(locateIn(standIn, url));
}
