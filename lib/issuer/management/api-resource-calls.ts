import { z } from "zod";
import { problemOf, withApplication } from "./application-calls.ts";
import type { Call, Handler } from "./call.ts";
import { type ApiResource, idOf } from "./catalogue.ts";
import { invalidBody, type ManagementAnswer, ok, refusal, tooMany } from "./management-answer.ts";

// API resources (/api/server/v1/api-resources), and which of them an application is authorised for. Identity Server 7 and
// Asgardeo only. Codes and messages: SRC; the prefix of the resources' codes: INF.

const MOST_RESOURCES = 200;
const MOST_SCOPES = 200;

const text = z.string().min(1).max(2_000);
/** RFC 6749 section 3.3: a scope has no space, quote or backslash. */
const scopeName = text.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
const scopesSchema = z
  .array(z.object({ name: scopeName, displayName: text.optional() }))
  .max(MOST_SCOPES)
  .transform((scopes) => scopes.map(({ name, displayName = name }) => ({ name, displayName })));
const resourceSchema = z.object({
  name: text,
  identifier: text,
  requiresAuthorization: z.boolean().default(true),
  scopes: scopesSchema.optional(),
});
const patchSchema = z.object({ addedScopes: scopesSchema.optional() });
const authorisationSchema = z.object({
  id: text,
  policyIdentifier: z.string(),
  scopes: z.array(text).max(MOST_SCOPES).default([]),
});
const changeSchema = z.object({
  addedScopes: z.array(text).max(MOST_SCOPES).default([]),
  removedScopes: z.array(text).max(MOST_SCOPES).default([]),
});

/** `GET /api-resources?filter=identifier eq X`. */
export const listResources: Handler = ({ catalogue, query }) => {
  const filter = query.get("filter");
  const [, attribute = "", value = ""] = /^(identifier|name) eq (.+)$/.exec(filter ?? "") ?? [];
  if (filter !== null && attribute === "")
    return refusal(
      400,
      "API-RESOURCE-60001",
      "Unable to retrieve API resources.",
      "Invalid format used for filtering.",
    );
  const found = catalogue.resources.filter(
    ({ identifier, name }) => filter === null || (attribute === "name" ? name : identifier) === value,
  );
  return ok({
    totalResults: found.length,
    links: [],
    apiResources: found.map(({ id, name, identifier, requiresAuthorization }) => ({
      id,
      name,
      identifier,
      type: "BUSINESS",
      requiresAuthorization,
    })),
  });
};

export const createResource: Handler = ({ catalogue, body, tenant }) => {
  const read = resourceSchema.safeParse(body);
  if (!read.success) return invalidBody(problemOf(read.error));
  const { scopes = [], ...made } = read.data;
  if (catalogue.resources.some(({ identifier }) => identifier === made.identifier))
    return refusal(
      409,
      "API-RESOURCE-60003",
      "Unable to add API resource.",
      `API resource already exists for the tenant: ${tenant}.`,
    );
  if (catalogue.resources.length >= MOST_RESOURCES) return tooMany("API resources");
  return takenScope(catalogue.resources, scopes, tenant) ?? { status: 201, body: catalogue.addResource(made, scopes) };
};

/** A scope belongs to one API resource of a tenant. */
function takenScope(
  resources: readonly ApiResource[],
  scopes: readonly { readonly name: string }[],
  tenant: string,
): ManagementAnswer | undefined {
  const known = new Set(resources.flatMap((one) => one.scopes.map(({ name }) => name)));
  if (!scopes.some(({ name }) => known.has(name))) return undefined;
  return refusal(409, "API-RESOURCE-60004", "Unable to add scope.", `Scope already exists for the tenant: ${tenant}.`);
}

export const readResource: Handler = (call) => withResource(call, call.id, ok);

export const changeResource: Handler = (call) =>
  withResource(call, call.id, (resource) => {
    const read = patchSchema.safeParse(call.body);
    if (!read.success) return invalidBody(problemOf(read.error));
    const { addedScopes = [] } = read.data;
    if (resource.scopes.length + addedScopes.length > MOST_SCOPES) return tooMany("scopes of an API resource");
    const taken = takenScope(call.catalogue.resources, addedScopes, call.tenant);
    if (taken) return taken;
    call.catalogue.addScopes(resource, addedScopes);
    return { status: 204 };
  });

export const deleteResource: Handler = (call) =>
  withResource(call, call.id, (resource) => {
    call.catalogue.removeResource(resource);
    return { status: 204 };
  });

export const deleteResourceScope: Handler = (call) =>
  withResource(call, call.id, (resource) => {
    call.catalogue.removeScope(resource, call.subId);
    return { status: 204 };
  });

export const listAuthorised: Handler = (call) =>
  withApplication(call, (client) => ({
    status: 200,
    body: call.catalogue.authorisationsOf(idOf(client)).flatMap(({ resourceId, policy, scopes }) => {
      const resource = call.catalogue.resourceOf(resourceId);
      if (!resource) return [];
      const { id, identifier, name } = resource;
      const authorizedScopes = resource.scopes.filter((scope) => scopes.includes(scope.name));
      return [{ id, identifier, displayName: name, policyId: policy, type: "BUSINESS", authorizedScopes }];
    }),
  }));

export const authorise: Handler = (call) =>
  withApplication(call, (client) => {
    const read = authorisationSchema.safeParse(call.body);
    if (!read.success) return invalidBody(problemOf(read.error));
    const { id, policyIdentifier: policy, scopes } = read.data;
    if (policy !== "RBAC" && policy !== "No Policy")
      return refusal(
        400,
        "APP-60511",
        "Invalid policy id value provided.",
        "Invalid policy id value. It should be 'RBAC' or 'No Policy'.",
      );
    const applicationId = idOf(client);
    return withResource(call, id, (resource) => {
      if (call.catalogue.authorisationsOf(applicationId).some(({ resourceId }) => resourceId === id))
        return refusal(
          409,
          "APP-60509",
          "API resource already authorized.",
          `API resource with id: ${id} is already authorized for the application with id: ${applicationId}.`,
        );
      const unknown = unknownScopes(call, resource, scopes);
      if (unknown) return unknown;
      call.catalogue.authorise(applicationId, id, { added: scopes, policy });
      return { status: 201 };
    });
  });

/** `PATCH /applications/<id>/authorized-apis/<resource>`. */
export const changeAuthorised: Handler = (call) =>
  withAuthorisation(call, (applicationId, resource) => {
    const read = changeSchema.safeParse(call.body);
    if (!read.success) return invalidBody(problemOf(read.error));
    const { addedScopes: added, removedScopes: removed } = read.data;
    const unknown = unknownScopes(call, resource, added);
    if (unknown) return unknown;
    call.catalogue.authorise(applicationId, resource.id, { added, removed });
    return { status: 200 };
  });

export const deleteAuthorised: Handler = (call) =>
  withAuthorisation(call, (applicationId, { id }) => {
    call.catalogue.withdraw(applicationId, id);
    return { status: 204 };
  });

function withAuthorisation(
  call: Call,
  answer: (applicationId: string, resource: ApiResource) => ManagementAnswer,
): ManagementAnswer {
  return withApplication(call, (client) => {
    const applicationId = idOf(client);
    return withResource(call, call.subId, (resource) => {
      if (call.catalogue.authorisationsOf(applicationId).some(({ resourceId }) => resourceId === resource.id))
        return answer(applicationId, resource);
      return refusal(
        404,
        "APP-60510",
        "API resource not authorized for the application.",
        `API resource with id: ${resource.id} is not authorized for the application with id: ${applicationId}.`,
      );
    });
  });
}

function unknownScopes(
  { tenant }: Call,
  resource: ApiResource,
  scopes: readonly string[],
): ManagementAnswer | undefined {
  if (scopes.every((scope) => resource.scopes.some(({ name }) => name === scope))) return undefined;
  return refusal(
    400,
    "APP-60508",
    "API scopes not found.",
    `One or more scopes in the request is not found for the API resource with Id: ${resource.id} in the tenant domain: ${tenant}.`,
  );
}

function withResource(
  { catalogue, tenant }: Call,
  id: string,
  answer: (resource: ApiResource) => ManagementAnswer,
): ManagementAnswer {
  const resource = catalogue.resourceOf(id);
  if (resource) return answer(resource);
  return refusal(
    404,
    "APP-60507",
    "API resource not found.",
    `API resource with id: ${id} is not found in the tenant domain: ${tenant}.`,
  );
}
