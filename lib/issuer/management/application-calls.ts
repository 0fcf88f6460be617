import { z } from "zod";
import type { EmbeddedClient } from "../embedded-client.ts";
import type { Call, Handler } from "./call.ts";
import { type Catalogue, idOf, nameOf } from "./catalogue.ts";
import { invalidBody, type ManagementAnswer, ok, refusal, tooMany } from "./management-answer.ts";
import { grantsIn, newClientId, newClientSecret, oidcSchema, settingsOf, withSettings } from "./oidc-settings.ts";

// The application management API (/api/server/v1/applications), as far as an application that gets tokens needs it. Codes and
// messages are those of identity-api-server (SRC).

const PATH = "/api/server/v1/applications";

const applicationSchema = z.object({
  name: z.string().min(1).max(255),
  inboundProtocolConfiguration: z.object({ oidc: oidcSchema }),
});

/** `GET /applications?filter=name eq X`. */
export const listApplications: Handler = ({ catalogue, query }) => {
  const filter = query.get("filter");
  const [, attribute = "", operation = "", value = ""] = /^(\S+) (\S+) (.+)$/.exec(filter ?? "name co ") ?? [];
  const all = catalogue.applications.all;
  if (filter === null) return listed(all);
  const read = { name: nameOf, clientId: ({ clientId }: EmbeddedClient) => clientId }[attribute];
  if (attribute === "")
    return refusal(
      400,
      "APP-60004",
      "Invalid filter query format.",
      "Filter needs to be in the format <attribute>+<operation>+<value>. Eg: name+eq+john",
    );
  if (!read || !["eq", "co", "sw", "ew"].includes(operation))
    return refusal(
      400,
      "APP-60004",
      read ? "Attempted filtering operation is invalid." : "Filtering attribute is not supported.",
      read
        ? `Attempted filtering operation '${operation}' is invalid. Please use one of the supported filtering operations such as 'eq', 'co', 'sw', 'ew', 'and', 'or'.`
        : `Filtering cannot be done with the '${attribute}' attribute. Filtering is only supported with 'name', 'clientId', and 'issuer' attributes.`,
    );
  return listed(all.filter((one) => isFitting(read(one), operation, value)));
};

function isFitting(text: string, operation: string, value: string): boolean {
  if (operation === "eq") return text === value;
  if (operation === "co") return text.includes(value);
  return operation === "sw" ? text.startsWith(value) : text.endsWith(value);
}

const listed = (clients: readonly EmbeddedClient[]): ManagementAnswer =>
  ok({
    totalResults: clients.length,
    startIndex: 1,
    count: clients.length,
    applications: clients.map((one) => ({ id: idOf(one), name: nameOf(one), clientId: one.clientId })),
    links: [],
  });

export const createApplication: Handler = ({ catalogue, body, base }) => {
  const { applications } = catalogue;
  const read = applicationSchema.safeParse(body);
  if (!read.success) return invalidBody(problemOf(read.error));
  const { name, inboundProtocolConfiguration } = read.data;
  const { oidc } = inboundProtocolConfiguration;
  if (catalogue.isFull) return tooMany("applications");
  const wrong = wrongSettings(oidc) ?? conflictOf(catalogue, name, oidc.clientId);
  if (wrong) return wrong;
  const made = withSettings(
    {
      name,
      clientId: oidc.clientId ?? newClientId(),
      clientSecret: oidc.clientSecret ?? newClientSecret(),
      scopes: catalogue.freeScopes,
    },
    oidc,
  );
  applications.register(made);
  return { status: 201, headers: { location: `${base}${PATH}/${idOf(made)}` } };
};

function conflictOf(catalogue: Catalogue, name: string, clientId: string | undefined): ManagementAnswer | undefined {
  const { applications } = catalogue;
  if (clientId !== undefined && applications.find(clientId))
    return refusal(
      409,
      "OAUTH-60008",
      "Client ID already exists.",
      `An application with the clientId ${clientId} already exists.`,
    );
  if (applications.all.some((one) => nameOf(one) === name))
    return refusal(409, "APP-60007", "Application already exists.", `Application with name: ${name} already exists.`);
  return undefined;
}

const invalidOAuth = (description: string) => refusal(400, "OAUTH-60001", "Invalid OAuth values.", description);

/** OAuth settings that WSO2 refuses: a grant that it does not have, or a sign-in without a way back. */
function wrongSettings({ grantTypes, callbackURLs = [] }: z.infer<typeof oidcSchema>): ManagementAnswer | undefined {
  const { unknown, grants } = grantsIn(grantTypes);
  if (unknown !== undefined) return invalidOAuth(`Unsupported grant type: ${unknown}`);
  if (grants.includes("authorization_code") && callbackURLs.length === 0)
    return invalidOAuth("RedirectUris property must have at least one URI value.");
  return undefined;
}

export const readApplication: Handler = (call) =>
  withApplication(call, (client) => ok({ id: idOf(client), name: nameOf(client), clientId: client.clientId }));

export const deleteApplication: Handler = (call) =>
  withApplication(call, (client) =>
    call.catalogue.removeApplication(client)
      ? { status: 204 }
      : refusal(
          403,
          "APP-60008",
          "Operation forbidden.",
          "An application that the template's audience stands for cannot be deleted.",
        ),
  );

export const readOidc: Handler = (call) =>
  withApplication(call, (client) =>
    ok(settingsOf(client, call.asker.may("internal_application_mgt_client_secret_view"))),
  );

export const updateOidc: Handler = (call) =>
  withApplication(call, (client) => {
    const read = oidcSchema.safeParse(call.body);
    if (!read.success) return invalidBody(problemOf(read.error));
    const settings = read.data;
    if (settings.clientId !== undefined && settings.clientId !== client.clientId)
      return invalidOAuth("The client id of an application stays as it is.");
    // An application of the template is returned to any page on this machine, which WSO2 has no word for.
    const needsNone = client.callbacks === undefined;
    const wrong = wrongSettings(needsNone ? { ...settings, callbackURLs: ["http://localhost/"] } : settings);
    if (wrong) return wrong;
    const { clientId, clientSecret, name = clientId, scopes } = client;
    const changed = withSettings(
      { clientId, clientSecret: settings.clientSecret ?? clientSecret, name, scopes },
      settings,
    );
    call.catalogue.applications.register(changed);
    return ok(settingsOf(changed, true));
  });

/** Answers with the application that the path names. */
export function withApplication(
  { catalogue, id, tenant }: Call,
  answer: (client: EmbeddedClient) => ManagementAnswer,
): ManagementAnswer {
  const client = catalogue.applicationOf(id);
  if (client) return answer(client);
  return refusal(
    404,
    "APP-60006",
    "Application not found.",
    `Application cannot be found for the provided id: ${id} in the tenantDomain: ${tenant}.`,
  );
}

/** Where a body is wrong, without a value of it, which may be a secret. */
export const problemOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join(".") || "the body"}: ${message}`).join("; ");
