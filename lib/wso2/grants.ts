import type { Ask } from "../http/exchange.ts";
import type { FetchDocument } from "../http/fetch-document.ts";
import { faultOf } from "../http/issuer-fault.ts";
import { findPlaces, type IssuerPlaces } from "./token-endpoint.ts";
import {
  type Client,
  type ClientCredentials,
  type Grant,
  type GrantToken,
  postForm,
  readGrant,
  scopeField,
} from "./token-request.ts";

/** How an issuer is asked. */
export interface IssuerWorld {
  readonly ask: Ask;
  readonly fetchDocument: FetchDocument;
}

/** A person's name and password at the issuer. */
export interface Person {
  readonly username: string;
  readonly password: string;
}

/** Gets tokens by client credentials (RFC 6749 section 4.4). */
export const granter = (issuer: string, credentials: ClientCredentials, world: IssuerWorld): GrantToken =>
  placed(issuer, world, ({ tokenEndpoint }, scopes) =>
    requestToken(tokenEndpoint, credentials, { grant_type: "client_credentials", ...scopeField(scopes) }, world.ask),
  );

/** Gets tokens by a person's name and password (RFC 6749 section 4.3). */
export const passwordGranter = (issuer: string, client: Client, person: Person, world: IssuerWorld): GrantToken =>
  placed(issuer, world, ({ tokenEndpoint }, scopes) =>
    requestToken(
      tokenEndpoint,
      client,
      { grant_type: "password", username: person.username, password: person.password, ...scopeField(scopes) },
      world.ask,
    ),
  );

/** Asks where the issuer's endpoints are, once, before the first token. */
export function placed(
  issuer: string,
  { fetchDocument }: Pick<IssuerWorld, "fetchDocument">,
  grant: (places: IssuerPlaces, scopes: readonly string[]) => Promise<Grant>,
): GrantToken {
  let places: IssuerPlaces | undefined;
  return async (scopes) => {
    try {
      places ??= await findPlaces(issuer, fetchDocument);
    } catch (cause) {
      const { stage, detail } = faultOf(cause, "connect");
      return { kind: "unanswered", stage, detail };
    }
    return grant(places, scopes);
  };
}

async function requestToken(
  tokenEndpoint: string,
  client: Client,
  fields: Readonly<Record<string, string>>,
  ask: Ask,
): Promise<Grant> {
  return readGrant(await postForm(tokenEndpoint, client, fields, ask), [client.clientSecret, fields.password]);
}
