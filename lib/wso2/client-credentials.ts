import { printable } from "../findings/terminal-text.ts";
import type { Ask } from "../http/exchange.ts";
import type { FetchDocument } from "../http/fetch-document.ts";
import { faultOf } from "../http/issuer-fault.ts";
import { parseJson } from "../json/json.ts";
import type { IssuerStage } from "../rules/key-answer.ts";
import { findPlaces } from "./token-endpoint.ts";

/** What an application shows to get a token. The secret goes to the token endpoint and nowhere else. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a token endpoint answered. `description` is cleaned and holds no secret. */
export type Grant =
  | { readonly kind: "granted"; readonly token: string; readonly expiresInSeconds: number | undefined }
  | { readonly kind: "refused"; readonly status: number; readonly error: string; readonly description: string }
  | { readonly kind: "unanswered"; readonly stage: IssuerStage; readonly detail: string };

/** RFC 6749 appendix A.12. */
const ACCESS_TOKEN = /^[\x20-\x7e]+$/;
const LONGEST_DESCRIPTION = 200;

/** Gets a token with these scopes. Never rejects for anything that an issuer does. */
export type GrantToken = (scopes: readonly string[]) => Promise<Grant>;

/** Gets tokens from an issuer, whose token endpoint its discovery document names. */
export function granter(
  issuer: string,
  credentials: ClientCredentials,
  { ask, fetchDocument }: { readonly ask: Ask; readonly fetchDocument: FetchDocument },
): GrantToken {
  let endpoint: string | undefined;
  return async (scopes) => {
    try {
      endpoint ??= (await findPlaces(issuer, fetchDocument)).tokenEndpoint;
    } catch (cause) {
      const { stage, detail } = faultOf(cause, "connect");
      return { kind: "unanswered", stage, detail };
    }
    return requestGrant(endpoint, credentials, scopes, ask);
  };
}

/** Asks for a token by client credentials (RFC 6749 section 4.4), the client known by HTTP Basic (section 2.3.1). */
async function requestGrant(
  tokenEndpoint: string,
  { clientId, clientSecret }: ClientCredentials,
  scopes: readonly string[],
  ask: Ask,
): Promise<Grant> {
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
  });
  const answer = await ask({
    method: "POST",
    url: tokenEndpoint,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
    },
    body: form.toString(),
  });
  if (answer.kind === "unanswered") return answer;
  const members = parseJson(answer.body) ?? {};
  const { access_token: token, expires_in: seconds } = members;
  if (answer.status === 200 && typeof token === "string" && ACCESS_TOKEN.test(token))
    return { kind: "granted", token, expiresInSeconds: typeof seconds === "number" ? seconds : undefined };
  const cleaned = (value: unknown) =>
    typeof value === "string" ? printable(value.replaceAll(clientSecret, "***"), LONGEST_DESCRIPTION) : "";
  return {
    kind: "refused",
    status: answer.status,
    error: cleaned(members.error) || "no access_token in the answer",
    description: cleaned(members.error_description),
  };
}
