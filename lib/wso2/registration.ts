import { Mistake } from "../findings/mistake.ts";
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

export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** WSO2's own id of it; undefined where nothing needed it. */
  readonly applicationId: string | undefined;
  readonly scopeState: ScopeState;
}

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
        grantTypes: ["client_credentials"],
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
  body: { client_name: name, grant_types: ["client_credentials"], redirect_uris: [], token_type_extension: "JWT" },
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
          authorise(made, "API_RESOURCE_ID", scopes),
        ]),
  ];
}

/**
 * Registers an application. What fails after it was made takes it away again, so that the same command can be given again.
 * @throws Mistake `wso2-application-exists`, `wso2-secret-hidden`, `wso2-answer-strange`, and those of `Manage`
 */
export async function register(request: RegistrationRequest, manage: Manage): Promise<Registration> {
  const { name, via } = request;
  if ((await applicationOf(name, manage)) !== undefined)
    throw new Mistake("wso2-application-exists", {
      what: "there is an application of that name already",
      got: name,
      expected: "a name that is free",
      fix: "--name ANOTHER, or delete that one in the console",
    });
  return via === "api" ? registerByApi(request, manage) : registerByDcr(request, manage);
}

async function registerByApi(request: RegistrationRequest, manage: Manage): Promise<Registration> {
  const { createdId: applicationId } = await manage(createApplication(request));
  if (applicationId === undefined) throw strange("create the application", "no Location with its id");
  return orTakeBack({ method: "DELETE", path: `${APPLICATIONS}/${applicationId}` }, manage, async () => {
    const { body } = await manage(readCredentials(applicationId));
    return {
      ...credentialsIn(body.clientId, body.clientSecret),
      applicationId,
      scopeState: await authoriseScopes(request, applicationId, manage),
    };
  });
}

async function registerByDcr(request: RegistrationRequest, manage: Manage): Promise<Registration> {
  const { body } = await manage(registerClient(request));
  const credentials = credentialsIn(body.client_id, body.client_secret);
  return orTakeBack({ method: "DELETE", path: `${REGISTER}/${credentials.clientId}` }, manage, async () => {
    const applicationId = request.scopes.length === 0 ? undefined : await applicationOf(request.name, manage);
    if (request.scopes.length > 0 && applicationId === undefined)
      throw strange("register the client", "no application of its name afterwards");
    return {
      ...credentials,
      applicationId,
      scopeState: applicationId === undefined ? "none" : await authoriseScopes(request, applicationId, manage),
    };
  });
}

async function orTakeBack<T>(
  undo: Pick<ManagementCall, "method" | "path">,
  manage: Manage,
  rest: () => Promise<T>,
): Promise<T> {
  try {
    return await rest();
  } catch (cause) {
    if (!(cause instanceof Mistake)) throw cause;
    const left = await manage({ ...undo, what: "take the application away again" }).then(
      () => "the application was taken away again",
      () => "the application is still there: delete it in the console before the next try",
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
  await manage(authorise(applicationId, id, scopes));
  return "authorised";
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

const namesIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.flatMap((one: { name?: unknown }) => (typeof one.name === "string" ? one.name : [])) : [];
