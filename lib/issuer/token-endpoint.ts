import { timingSafeEqual } from "node:crypto";

/** A client that the embedded issuer knows. */
export interface EmbeddedClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Audiences that its tokens carry after the client id. */
  readonly audience: readonly string[];
  /** Scopes that it is authorised for; others are dropped without a word, as WSO2 does. */
  readonly scopes: readonly string[];
}

/** What the token endpoint reads of a request. */
export interface TokenRequest {
  readonly query: string;
  readonly contentType: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export type TokenAnswer =
  | { readonly kind: "granted"; readonly client: EmbeddedClient; readonly scopes: readonly string[] }
  | { readonly kind: "refused"; readonly status: 400 | 401; readonly error: string; readonly description: string };

/**
 * WSO2's token endpoint for client credentials: the checks, their order and their wordings of Identity Server 7.1.
 */
export function answerTokenRequest(request: TokenRequest, clients: readonly EmbeddedClient[]): TokenAnswer {
  if (SENSITIVE.some((name) => new URLSearchParams(request.query).has(name)))
    return refused(400, "invalid_request", "Invalid request with sensitive data in the URL.");
  const parameters = readParameters(request);
  if (parameters === undefined) return refused(400, "invalid_request", "Invalid request with repeated parameters.");
  const credentials = readCredentials(request.authorization, parameters);
  if ("kind" in credentials) return credentials;
  const grantType = parameters.get("grant_type");
  const client = clients.find(({ clientId }) => clientId === credentials.id);
  if (!client || !equalSecrets(client.clientSecret, credentials.secret))
    return refused(401, "invalid_client", "Client credentials are invalid.");
  if (grantType === undefined || grantType === "")
    return refused(400, "invalid_request", "Missing grant_type parameter value");
  if (!KNOWN_GRANTS.has(grantType)) return refused(400, "invalid_request", "Unsupported grant_type value");
  if (grantType !== "client_credentials")
    return refused(
      400,
      "unauthorized_client",
      "The authenticated client is not authorized to use this authorization grant type",
    );
  const asked = (parameters.get("scope") ?? "").split(" ");
  return { kind: "granted", client, scopes: client.scopes.filter((scope) => asked.includes(scope)) };
}

/** Grants that the product has and this client is not registered for. */
const KNOWN_GRANTS = new Set([
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "urn:ietf:params:oauth:grant-type:token-exchange",
  "urn:ietf:params:oauth:grant-type:saml2-bearer",
  "organization_switch",
]);

const SENSITIVE = ["username", "password", "client_secret"];

const refused = (status: 400 | 401, error: string, description: string): TokenAnswer => ({
  kind: "refused",
  status,
  error,
  description,
});

/** Parameters of a form or, as 7.x takes too, of a JSON object; undefined where one is repeated. */
function readParameters({ contentType, body }: TokenRequest): ReadonlyMap<string, string> | undefined {
  if (contentType.startsWith("application/json")) return readJson(body);
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

function readJson(body: string): ReadonlyMap<string, string> {
  try {
    const entries = Object.entries(JSON.parse(body) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return new Map();
  }
}

function readCredentials(
  authorization: string | undefined,
  parameters: ReadonlyMap<string, string>,
): { readonly id: string; readonly secret: string } | TokenAnswer {
  const basic = authorization === undefined ? undefined : readBasic(authorization);
  const id = parameters.get("client_id");
  const secret = parameters.get("client_secret");
  if (basic && secret !== undefined)
    return refused(
      400,
      "invalid_request",
      // WSO2's sentence really ends here.
      "The client MUST NOT use more than one authentication method in each",
    );
  if (basic) return basic;
  if (id === undefined || id === "") return refused(401, "invalid_client", "Client ID not found in the request.");
  return { id, secret: secret ?? "" };
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function readBasic(authorization: string): { readonly id: string; readonly secret: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { id: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) };
}

/** A text that is not a good encoding stays as it is. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function equalSecrets(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
