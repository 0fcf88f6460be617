import { type FaultyAnswer, faultyAnswer } from "../lib/issuer/faulty-issuers.ts";

/** Path of the issuer, which is its token endpoint as WSO2's is. */
const ISSUER_PATH = "/oauth2/token";
const JWKS_PATH = "/oauth2/jwks";

export interface IssuerState {
  /** `https://host` */
  readonly origin: string;
  /** Public members only. */
  readonly jwks: object;
  /** Whether the faulty issuers show their faults. An authorizer is made from documents that are well (4.3). */
  readonly isBroken: boolean;
}

/** What the probe's issuer answers to a path: its own documents, and those of the faulty issuers beside it. */
export function issuerAnswer(path: string, state: IssuerState): FaultyAnswer {
  const { origin, jwks } = state;
  if (path === JWKS_PATH) return { status: 200, body: JSON.stringify(jwks) };
  if (path === `${ISSUER_PATH}/.well-known/openid-configuration`) {
    const document = { issuer: `${origin}${ISSUER_PATH}`, jwks_uri: `${origin}${JWKS_PATH}` };
    return { status: 200, body: JSON.stringify({ ...document, id_token_signing_alg_values_supported: ["RS256"] }) };
  }
  return faultyAnswer(path, state) ?? { status: 404, body: '{"error":"not_found"}' };
}
