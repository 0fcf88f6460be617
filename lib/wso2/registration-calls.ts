import type { ManagementCall } from "./management.ts";

// The article's step 1 by WSO2's REST APIs, call by call. What is sent is data first, so that --dry-run shows the very same.

export interface RegistrationRequest {
  readonly name: string;
  /** Joins the client id in `aud`; several applications may share one. */
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  /** The identifier of the API resource that the scopes belong to (7.x). */
  readonly api: string;
  readonly tokenSeconds: number;
  /**
   * `api`: application management. `dcr`: dynamic client registration. @default - what fits the server: dynamic registration
   * before 7.0, application management since
   */
  readonly via: "api" | "dcr" | undefined;
}

export const GRANT = "client_credentials";
export const APPLICATIONS = "/api/server/v1/applications";
export const RESOURCES = "/api/server/v1/api-resources";
export const REGISTER = "/api/identity/oauth2/dcr/v1.1/register";
/** Of versions before 7.0 (INF for 6.x). */
export const SCOPES = "/api/identity/oauth2/v1.0/scopes";

/** Before 7.0 there are no API resources. A token without the scope for them does not say which version it is: the newer. */
export const lookForResources: ManagementCall = {
  what: "see whether the server has API resources",
  method: "GET",
  path: `${RESOURCES}?limit=1`,
  alsoTakes: [403, 404],
};

export const findApplication = (name: string): ManagementCall => ({
  what: "look for an application of that name",
  method: "GET",
  path: `${APPLICATIONS}?${new URLSearchParams({ filter: `name eq ${name}`, limit: "1" }).toString()}`,
});

export const createApplication = ({ name, audience, tokenSeconds }: RegistrationRequest): ManagementCall => ({
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

const oidcOf = (id: string) => `${APPLICATIONS}/${id}/inbound-protocols/oidc`;

export const readCredentials = (id: string): ManagementCall => ({
  what: "read the application's client id and secret",
  method: "GET",
  path: oidcOf(id),
});

export const changeProtocol = (what: string, id: string, body: object): ManagementCall => ({
  what,
  method: "PUT",
  path: oidcOf(id),
  body,
});

export const registerClient = ({ name }: RegistrationRequest): ManagementCall => ({
  what: "register the client",
  method: "POST",
  path: REGISTER,
  body: { client_name: name, grant_types: [GRANT], redirect_uris: [], token_type_extension: "JWT" },
});

export const findResource = (identifier: string): ManagementCall => ({
  what: "look for the API resource",
  method: "GET",
  path: `${RESOURCES}?${new URLSearchParams({ filter: `identifier eq ${identifier}` }).toString()}`,
  alsoTakes: [404],
});

export const readResource = (id: string): ManagementCall => ({
  what: "read the API resource",
  method: "GET",
  path: `${RESOURCES}/${id}`,
});

const scopeModels = (scopes: readonly string[]) => scopes.map((name) => ({ name, displayName: name }));

export const createResource = (name: string, identifier: string, scopes: readonly string[]): ManagementCall => ({
  what: "create the API resource",
  method: "POST",
  path: RESOURCES,
  body: { name, identifier, requiresAuthorization: true, scopes: scopeModels(scopes) },
});

export const addScopes = (id: string, scopes: readonly string[]): ManagementCall => ({
  what: "add scopes to the API resource",
  method: "PATCH",
  path: `${RESOURCES}/${id}`,
  body: { addedScopes: scopeModels(scopes) },
});

const authorisedOf = (applicationId: string) => `${APPLICATIONS}/${applicationId}/authorized-apis`;

export const readAuthorised = (applicationId: string): ManagementCall => ({
  what: "read what the application is authorised for",
  method: "GET",
  path: authorisedOf(applicationId),
});

export const authorise = (applicationId: string, id: string, scopes: readonly string[]): ManagementCall => ({
  what: "authorise the application for the scopes",
  method: "POST",
  path: authorisedOf(applicationId),
  body: { id, policyIdentifier: "RBAC", scopes },
});

export const changeAuthorised = (
  applicationId: string,
  id: string,
  change: { readonly addedScopes: readonly string[]; readonly removedScopes: readonly string[] },
): ManagementCall => ({
  what: "change the scopes that the application is authorised for",
  method: "PATCH",
  path: `${authorisedOf(applicationId)}/${id}`,
  body: change,
});

export const withdrawAuthorised = (applicationId: string, id: string): ManagementCall => ({
  what: "withdraw the authorisation",
  method: "DELETE",
  path: `${authorisedOf(applicationId)}/${id}`,
});

/** 409: it is registered already. 404: the server has no such API, and takes any word. */
export const registerScope = (name: string): ManagementCall => ({
  what: `register the scope ${name}`,
  method: "POST",
  path: SCOPES,
  body: { name, displayName: name, description: name, bindings: [] },
  alsoTakes: [404, 409],
});

export const deletion = (what: string, path: string): ManagementCall => ({ what, method: "DELETE", path });

/** What `register` would send to a server that knows neither the application nor the API resource: one of 7.x without `via`. */
export function plannedCalls(request: RegistrationRequest): readonly ManagementCall[] {
  const { name, via, scopes, api, audience } = request;
  const made = "APPLICATION_ID";
  const before = [...(via === undefined ? [lookForResources] : []), findApplication(name)];
  const application =
    via === "dcr"
      ? [
          registerClient(request),
          ...(audience.length === 0 && scopes.length === 0 ? [] : [findApplication(name)]),
          ...(audience.length === 0
            ? []
            : [readCredentials(made), changeProtocol("set the audiences", made, { idToken: { audience } })]),
        ]
      : [createApplication(request), readCredentials(made)];
  const authorisation =
    scopes.length === 0
      ? []
      : via === "dcr"
        ? [findResource(api), ...scopes.map(registerScope)]
        : [
            findResource(api),
            createResource(name, api, scopes),
            readAuthorised(made),
            authorise(made, "API_RESOURCE_ID", scopes),
          ];
  return [...before, ...application, ...authorisation];
}
