import { printable } from "../findings/terminal-text.ts";
import type { Answered, Ask, Unanswered } from "../http/exchange.ts";
import { type Json, parseJson } from "../json/json.ts";
import type { IssuerStage } from "../rules/key-answer.ts";

/** What an application shows to get a token. The secret goes to the issuer's endpoints and nowhere else. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An application, which may be a public client: it has no secret. */
export type Client = Pick<ClientCredentials, "clientId"> & Partial<ClientCredentials>;

/** What a token endpoint answered. `description` is cleaned and holds no secret. */
export type Grant =
  | { readonly kind: "granted"; readonly token: string; readonly expiresInSeconds: number | undefined }
  | { readonly kind: "refused"; readonly status: number; readonly error: string; readonly description: string }
  | { readonly kind: "unanswered"; readonly stage: IssuerStage; readonly detail: string };

/** Gets a token with these scopes. Never rejects for anything that an issuer does. */
export type GrantToken = (scopes: readonly string[]) => Promise<Grant>;

/** RFC 6749 appendix A.12. */
const ACCESS_TOKEN = /^[\x20-\x7e]+$/;
const LONGEST_DESCRIPTION = 200;

/**
 * Posts a form to an endpoint of the issuer. A client with a secret is known by HTTP Basic, a public one by `client_id` in
 * the form (RFC 6749 sections 2.3.1 and 3.2.1).
 */
export function postForm(
  url: string,
  { clientId, clientSecret }: Client,
  fields: Readonly<Record<string, string>>,
  ask: Ask,
): Promise<Answered | Unanswered> {
  const form = new URLSearchParams(clientSecret === undefined ? { ...fields, client_id: clientId } : { ...fields });
  return ask({
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(clientSecret === undefined ? {} : { authorization: basic({ clientId, clientSecret }) }),
    },
    body: form.toString(),
  });
}

const basic = ({ clientId, clientSecret }: ClientCredentials) =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64")}`;

/** The member `scope` of a form; none where no scope is asked for. */
export const scopeField = (scopes: readonly string[]): Readonly<Record<string, string>> =>
  scopes.length === 0 ? {} : { scope: scopes.join(" ") };

/** What a token endpoint's answer says. @param secrets taken out of what it says */
export function readGrant(answer: Answered | Unanswered, secrets: readonly (string | undefined)[]): Grant {
  if (answer.kind === "unanswered") return answer;
  const members = parseJson(answer.body) ?? {};
  const { access_token: token, expires_in: seconds } = members;
  if (answer.status === 200 && typeof token === "string" && ACCESS_TOKEN.test(token))
    return { kind: "granted", token, expiresInSeconds: typeof seconds === "number" ? seconds : undefined };
  return refusedBy(answer.status, members, secrets, "no access_token in the answer");
}

/** What a refusal says in its own words: `error` and `error_description` (RFC 6749 section 5.2). */
export function refusedBy(
  status: number,
  { error, error_description: description }: Json,
  secrets: readonly (string | undefined)[],
  otherwise: string,
): Extract<Grant, { readonly kind: "refused" }> {
  const cleaned = (value: unknown) =>
    typeof value === "string" ? printable(withoutSecrets(value, secrets), LONGEST_DESCRIPTION) : "";
  return { kind: "refused", status, error: cleaned(error) || otherwise, description: cleaned(description) };
}

const withoutSecrets = (text: string, secrets: readonly (string | undefined)[]) =>
  secrets.reduce<string>((now, secret) => (secret ? now.replaceAll(secret, "***") : now), text);
