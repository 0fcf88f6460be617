import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";
import type { Manage, ManagementCall } from "./management.ts";

// The article's step 1 by WSO2's REST APIs: an application that gets JWTs by client credentials, and the scopes that it may
// ask for. What is sent is data first, so that --dry-run shows the very same.

export interface RegistrationRequest {
  readonly name: string;
  /** Joins the client id in `aud`; several applications may share one. */
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  /** The identifier of the API resource that the scopes belong to (7.x). */
  readonly api: string;
  readonly tokenSeconds: number;
  /** `api`: application management, which knows audiences. `dcr`: dynamic client registration. */
  readonly via: "api" | "dcr";
}

/** `free`: the server has no API resources (before 7.0), and its scopes are free words. */
export type ScopeState = "none" | "authorised" | "free";

/** `changed`: it was there, and its token type, grant or audiences did not fit. */
export type ApplicationState = "made" | "found" | "changed";

export interface Registration {
  readonly application: ApplicationState;
  readonly clientId: string;
  readonly clientSecret: string;
  /** WSO2's own id of it; undefined where nothing needed it. */
  readonly applicationId: string | undefined;
  readonly scopeState: ScopeState;
}

const GRANT = "client_credentials";
const APPLICATIONS = "/api/server/v1/applications";
const RESOURCES = "/api/server/v1/api-resources";
const REGISTER = "/api/identity/oauth2/dcr/v1.1/register";

const findApplication = (name: string): ManagementCall => ({
  what: "look for an application of that name",
  method: "GET",
  path: `${APPLICATIONS}?${new URLSearchParams({ filter: `name eq ${name}`, limit: "1" }).toString()}`,
});

const createApplication = ({ name, audience, tokenSeconds }: RegistrationRequest): ManagementCall => ({
  what: "create the application",
  method: "POST",
  path: APPLICATIONS,
  body: {
    name,
    description: "Gets tokens for an API behind an AWS HTTP API",
    inboundProtocolConfiguration: {
      oidc: {
        grantTypes: [GRANT],
        callbackURLs: [],
        allowedOrigins: [],
        publicClient: false,
        // Without it the token is opaque, and API Gateway refuses every one.
        accessToken: {
          type: "JWT",
          userAccessTokenExpiryInSeconds: tokenSeconds,
          applicationAccessTokenExpiryInSeconds: tokenSeconds,
          bindingType: "None",
        },
        refreshToken: { expiryInSeconds: 86_400, renewRefreshToken: true },
        // The one list of audiences there is; it feeds the access token's aud too.
        idToken: { expiryInSeconds: tokenSeconds, audience, encryption: { enabled: false } },
      },
    },
  },
});

const readCredentials = (id: string): ManagementCall => ({
  what: "read the application's client id and secret",
  method: "GET",
  path: `${APPLICATIONS}/${id}/inbound-protocols/oidc`,
});

const registerClient = ({ name }: RegistrationRequest): ManagementCall => ({
  what: "register the client",
  method: "POST",
  path: REGISTER,
  body: { client_name: name, grant_types: [GRANT], redirect_uris: [], token_type_extension: "JWT" },
});

const findResource = (identifier: string): ManagementCall => ({
  what: "look for the API resource",
  method: "GET",
  path: `${RESOURCES}?${new URLSearchParams({ filter: `identifier eq ${identifier}` }).toString()}`,
  // Before 7.0 there are no API resources.
  alsoTakes: [404],
});

const scopeModels = (scopes: readonly string[]) => scopes.map((name) => ({ name, displayName: name }));

const createResource = (name: string, identifier: string, scopes: readonly string[]): ManagementCall => ({
  what: "create the API resource",
  method: "POST",
  path: RESOURCES,
  body: { name, identifier, requiresAuthorization: true, scopes: scopeModels(scopes) },
});

const addScopes = (id: string, scopes: readonly string[]): ManagementCall => ({
  what: "add scopes to the API resource",
  method: "PATCH",
  path: `${RESOURCES}/${id}`,
  body: { addedScopes: scopeModels(scopes) },
});

const authorise = (applicationId: string, id: string, scopes: readonly string[]): ManagementCall => ({
  what: "authorise the application for the scopes",
  method: "POST",
  path: `${APPLICATIONS}/${applicationId}/authorized-apis`,
  body: { id, policyIdentifier: "RBAC", scopes },
});

const readAuthorised = (applicationId: string): ManagementCall => ({
  what: "read what the application is authorised for",
  method: "GET",
  path: `${APPLICATIONS}/${applicationId}/authorized-apis`,
});

const authoriseMore = (applicationId: string, id: string, addedScopes: readonly string[]): ManagementCall => ({
  what: "authorise the application for more scopes",
  method: "PATCH",
  path: `${APPLICATIONS}/${applicationId}/authorized-apis/${id}`,
  body: { addedScopes, removedScopes: [] },
});

/** What `register` would send to a server that knows neither the application nor the API resource. */
export function plannedCalls(request: RegistrationRequest): readonly ManagementCall[] {
  const { name, via, scopes, api } = request;
  const made = "APPLICATION_ID";
  return [
    findApplication(name),
    ...(via === "api" ? [createApplication(request), readCredentials(made)] : [registerClient(request)]),
    ...(scopes.length === 0
      ? []
      : [
          ...(via === "dcr" ? [findApplication(name)] : []),
          findResource(api),
          createResource(name, api, scopes),
          readAuthorised(made),
          authorise(made, "API_RESOURCE_ID", scopes),
        ]),
  ];
}

/**
 * Registers an application, or takes the one of that name and changes only what does not fit, so that the same command may be
 * given again. What fails afterwards is undone.
 * @throws Mistake `wso2-secret-hidden`, `wso2-answer-strange`, and those of `Manage`
 */
export async function register(request: RegistrationRequest, manage: Manage): Promise<Registration> {
  const applicationId = await applicationOf(request.name, manage);
  if (applicationId !== undefined) return adopt(request, applicationId, manage);
  return request.via === "api" ? registerByApi(request, manage) : registerByDcr(request, manage);
}

async function adopt(request: RegistrationRequest, applicationId: string, manage: Manage): Promise<Registration> {
  const { body: before } = await manage(readCredentials(applicationId));
  const credentials = credentialsIn(before.clientId, before.clientSecret);
  const fitting = fittingProtocol(before, request);
  const path = `${APPLICATIONS}/${applicationId}/inbound-protocols/oidc`;
  const rest = async (application: ApplicationState): Promise<Registration> => ({
    ...credentials,
    application,
    applicationId,
    scopeState: await authoriseScopes(request, applicationId, manage),
  });
  if (fitting === undefined) return rest("found");
  await manage({ what: "change the application's tokens", method: "PUT", path, body: fitting });
  const undo: Undo = {
    call: { what: "change the application back", method: "PUT", path, body: before },
    done: "the application is again as it was",
    failed: `the application stays changed: its access tokens are JWTs${request.audience.length > 0 ? ", and its audiences are those asked for" : ""}`,
  };
  return orUndo(undo, manage, () => rest("changed"));
}

/** The protocol settings of an application with what is asked for; undefined where they have it. */
function fittingProtocol(before: Json, { audience, tokenSeconds }: RegistrationRequest): Json | undefined {
  const { grantTypes, accessToken, idToken } = before;
  const grants = textsIn(grantTypes);
  const audiences = textsIn(isJson(idToken) ? idToken.audience : undefined);
  const missing = audience.filter((one) => !audiences.includes(one));
  const isJwt = isJson(accessToken) && accessToken.type === "JWT";
  if (isJwt && grants.includes(GRANT) && missing.length === 0) return undefined;
  return {
    ...before,
    grantTypes: grants.includes(GRANT) ? grants : [...grants, GRANT],
    accessToken: { applicationAccessTokenExpiryInSeconds: tokenSeconds, ...asJson(accessToken), type: "JWT" },
    idToken: { ...asJson(idToken), audience: [...audiences, ...missing] },
  };
}

const asJson = (value: unknown): Json => (isJson(value) ? value : {});

async function registerByApi(request: RegistrationRequest, manage: Manage): Promise<Registration> {
  const { createdId: applicationId } = await manage(createApplication(request));
  if (applicationId === undefined) throw strange("create the application", "no Location with its id");
  return orUndo(deletion(`${APPLICATIONS}/${applicationId}`), manage, async () => {
    const { body } = await manage(readCredentials(applicationId));
    return {
      ...credentialsIn(body.clientId, body.clientSecret),
      application: "made" as const,
      applicationId,
      scopeState: await authoriseScopes(request, applicationId, manage),
    };
  });
}

async function registerByDcr(request: RegistrationRequest, manage: Manage): Promise<Registration> {
  const { body } = await manage(registerClient(request));
  const credentials = credentialsIn(body.client_id, body.client_secret);
  return orUndo(deletion(`${REGISTER}/${credentials.clientId}`), manage, async () => {
    const applicationId = request.scopes.length === 0 ? undefined : await applicationOf(request.name, manage);
    if (request.scopes.length > 0 && applicationId === undefined)
      throw strange("register the client", "no application of its name afterwards");
    return {
      ...credentials,
      application: "made" as const,
      applicationId,
      scopeState: applicationId === undefined ? "none" : await authoriseScopes(request, applicationId, manage),
    };
  });
}

/** How to undo what was done, and what to say of it. */
interface Undo {
  readonly call: ManagementCall;
  readonly done: string;
  readonly failed: string;
}

const deletion = (path: string): Undo => ({
  call: { what: "take the application away again", method: "DELETE", path },
  done: "the application was taken away again",
  failed: "the application is still there: delete it in the console before the next try",
});

async function orUndo<T>({ call, done, failed }: Undo, manage: Manage, rest: () => Promise<T>): Promise<T> {
  try {
    return await rest();
  } catch (cause) {
    if (!(cause instanceof Mistake)) throw cause;
    const left = await manage(call).then(
      () => done,
      () => failed,
    );
    throw new Mistake(cause.code, { ...cause.say, got: `${cause.say.got}\n${left}` }, { cause });
  }
}

async function authoriseScopes(
  { name, api, scopes }: RegistrationRequest,
  applicationId: string,
  manage: Manage,
): Promise<ScopeState> {
  if (scopes.length === 0) return "none";
  const found = await manage(findResource(api));
  if (found.status === 404) return "free";
  const id = firstId(found.body.apiResources) ?? (await newResource(name, api, scopes, manage));
  const { body } = await manage({ what: "read the API resource", method: "GET", path: `${RESOURCES}/${id}` });
  const known = namesIn(body.scopes);
  const missing = scopes.filter((scope) => !known.includes(scope));
  if (missing.length > 0) await manage(addScopes(id, missing));
  await authoriseFor(id, applicationId, scopes, manage);
  return "authorised";
}

/** Authorises an application for those scopes of an API resource that it is not authorised for yet. */
async function authoriseFor(id: string, applicationId: string, scopes: readonly string[], manage: Manage) {
  const { list } = await manage(readAuthorised(applicationId));
  const before = list.find((one) => isJson(one) && one.id === id);
  if (!isJson(before)) return manage(authorise(applicationId, id, scopes));
  const missing = scopes.filter((scope) => !namesIn(before.authorizedScopes).includes(scope));
  return missing.length === 0 ? undefined : manage(authoriseMore(applicationId, id, missing));
}

async function newResource(name: string, api: string, scopes: readonly string[], manage: Manage): Promise<string> {
  const { body, createdId } = await manage(createResource(name, api, scopes));
  const id = typeof body.id === "string" ? body.id : createdId;
  if (id === undefined) throw strange("create the API resource", "no id of it");
  return id;
}

async function applicationOf(name: string, manage: Manage): Promise<string | undefined> {
  const { body } = await manage(findApplication(name));
  return firstId(body.applications);
}

function credentialsIn(clientId: unknown, clientSecret: unknown) {
  if (typeof clientId !== "string" || clientId === "") throw strange("give the credentials", "no client id");
  if (typeof clientSecret !== "string" || clientSecret === "")
    throw new Mistake("wso2-secret-hidden", {
      what: "WSO2 does not show the application's secret",
      got: `the client id ${clientId} only`,
      expected: "the secret too",
      fix: "give the management application the scope internal_application_mgt_client_secret_view, or make the application in the console",
    });
  return { clientId, clientSecret };
}

const strange = (what: string, got: string) =>
  new Mistake("wso2-answer-strange", {
    what: `WSO2's answer to '${what}' is none that is known`,
    got,
    expected: "the answer of Identity Server 5.10 to 7.3, or of Asgardeo",
    fix: "look at the address; do it in the console (docs/wso2.md), and tell us the version",
  });

const firstId = (list: unknown): string | undefined => {
  const [first] = Array.isArray(list) ? (list as readonly unknown[]) : [];
  return typeof first === "object" && first !== null && "id" in first && typeof first.id === "string"
    ? first.id
    : undefined;
};

const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];

const namesIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.flatMap((one: { name?: unknown }) => (typeof one.name === "string" ? one.name : [])) : [];
