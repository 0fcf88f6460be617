import type { FetchDocument } from "../http/fetch-document.ts";
import { type IssuerEvent, IssuerKeys } from "./issuer-keys.ts";

export interface KeyClientsOptions {
  /** Where an issuer's documents are fetched from. */
  readonly fetcherOf: (issuer: string) => FetchDocument;
  readonly nowMs: () => number;
  /** @default - no call */
  readonly onEvent?: ((event: IssuerEvent) => void) | undefined;
}

/** One key client an issuer, made when it is first asked for and shared by all who name that issuer. */
export function keyClients({ fetcherOf, nowMs, onEvent }: KeyClientsOptions): (issuer: string) => IssuerKeys {
  const made = new Map<string, IssuerKeys>();
  return (issuer) => {
    const before = made.get(issuer);
    if (before) return before;
    const fetchDocument = fetcherOf(issuer);
    const keys = new IssuerKeys({ issuer, fetchDocument, nowMs, ...(onEvent ? { onEvent } : {}) });
    made.set(issuer, keys);
    return keys;
  };
}
