import { z } from "zod";
import type { EmbeddedClient } from "../embedded-client.ts";
import type { Call, Handler } from "./call.ts";
import { nameOf } from "./catalogue.ts";
import { dcrRefusal, type ManagementAnswer, ok } from "./management-answer.ts";
import { grantsIn, newClientId, newClientSecret, withSettings } from "./oidc-settings.ts";

// Dynamic client registration (/api/identity/oauth2/dcr/v1.1/register). Fields and errors are WSO2's, by version (SRC); there
// is not a field for audiences.

const text = z.string().min(1).max(2_000);
const texts = z.array(text).max(100).default([]);
const seconds = z.number().int().positive().max(100_000_000).optional();

const registrationSchema = z.object({
  client_name: text.max(255),
  grant_types: texts,
  redirect_uris: texts,
  ext_param_client_id: text.optional(),
  ext_param_client_secret: text.optional(),
  token_type_extension: text.optional(),
});
/** 7.0 and later read these as well; `ext_token_type` goes before `token_type_extension`. */
const laterSchema = registrationSchema.extend({
  ext_token_type: text.optional(),
  ext_public_client: z.boolean().optional(),
  ext_application_token_lifetime: seconds,
  ext_user_token_lifetime: seconds,
});
type Registration = z.infer<typeof laterSchema>;

/** WSO2's form of a client id that a person chooses; no hyphen (SRC). */
const CLIENT_ID = /^[a-zA-Z0-9_]{15,30}$/;

export const registerClient: Handler = (call) => {
  const { catalogue, profile, body } = call;
  const read = (profile.hasApiResources ? laterSchema : registrationSchema).safeParse(body);
  if (!read.success)
    return dcrRefusal(
      "invalid_client_metadata",
      `Invalid: ${read.error.issues.map(({ path }) => path.join(".") || "the body").join(", ")}`,
    );
  const wanted: Registration = read.data;
  const wrong = wrongRegistration(call, wanted);
  if (wrong) return wrong;
  const { redirect_uris: uris } = wanted;
  const client = withSettings(
    {
      name: wanted.client_name,
      clientId: wanted.ext_param_client_id ?? newClientId(),
      clientSecret: wanted.ext_param_client_secret ?? newClientSecret(),
      scopes: catalogue.freeScopes,
    },
    {
      grantTypes: wanted.grant_types,
      // Several become one pattern (SRC).
      callbackURLs: uris.length > 1 ? [`regexp=(${uris.join("|")})`] : uris,
      publicClient: wanted.ext_public_client,
      accessToken: {
        type: (wanted.ext_token_type ?? wanted.token_type_extension) === "JWT" ? "JWT" : "Default",
        userAccessTokenExpiryInSeconds: wanted.ext_user_token_lifetime,
        applicationAccessTokenExpiryInSeconds: wanted.ext_application_token_lifetime,
      },
    },
  );
  catalogue.applications.register(client);
  return { status: 201, body: shown(client, profile.hasApiResources) };
};

const invalid = (description: string) => dcrRefusal("invalid_client_metadata", description);

function wrongRegistration({ catalogue }: Call, wanted: Registration): ManagementAnswer | undefined {
  const { client_name: name, ext_param_client_id: id, grant_types: asked, redirect_uris: uris } = wanted;
  const { all } = catalogue.applications;
  if (all.some((one) => nameOf(one) === name))
    return invalid(`Application with the name ${name} already exist in the system`);
  if (id !== undefined && !CLIENT_ID.test(id))
    return invalid("Provided client id is not adhering to the provided regex [a-zA-Z0-9_]{15,30}");
  if (id !== undefined && catalogue.applications.find(id))
    return invalid(`Client id ${id} already exist in the system`);
  const { unknown, grants } = grantsIn(asked);
  if (unknown !== undefined) return invalid(`Unsupported grant type: ${unknown}`);
  const wrongUri = uris.find((uri) => !uri.startsWith("regexp=") && !URL.canParse(uri));
  if (wrongUri !== undefined || (grants.includes("authorization_code") && uris.length === 0))
    return dcrRefusal("invalid_redirect_uri", `Invalid redirect URI: ${wrongUri ?? ""}`);
  if (catalogue.isFull) return invalid("The embedded issuer keeps no more applications.");
  return undefined;
}

/** What WSO2 answers of a client: the later versions say more. */
function shown(client: EmbeddedClient, hasLaterFields: boolean): object {
  const { clientId, clientSecret, callbacks = [], grants = [], accessTokenType = "JWT", isPublic = true } = client;
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_secret_expires_at: 0,
    redirect_uris: callbacks.length === 0 ? [""] : callbacks,
    client_name: nameOf(client),
    ...(hasLaterFields
      ? {
          grant_types: grants,
          ext_token_type: accessTokenType,
          token_type_extension: accessTokenType,
          ext_public_client: isPublic,
          ext_application_token_lifetime: client.applicationTokenSeconds ?? 3_600,
          ext_user_token_lifetime: client.userTokenSeconds ?? 3_600,
        }
      : {}),
  };
}

/** An unknown client is answered with 401 and no body, as a test of WSO2's expects it. */
const UNKNOWN: ManagementAnswer = { status: 401 };

export const readClient: Handler = ({ catalogue, id, profile }) => {
  const client = catalogue.applications.all.find(({ clientId }) => clientId === id);
  return client ? ok(shown(client, profile.hasApiResources)) : UNKNOWN;
};

export const deleteClient: Handler = ({ catalogue, id }) => {
  const client = catalogue.applications.all.find(({ clientId }) => clientId === id);
  return client && catalogue.removeApplication(client) ? { status: 204 } : UNKNOWN;
};
