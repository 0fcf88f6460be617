import type { IncomingMessage, ServerResponse } from "node:http";
import type { ManagementScope } from "../administrator.ts";
import { readBody, send } from "../answers.ts";
import type { Applications } from "../applications.ts";
import type { IssuerData } from "../issuer-data.ts";
import type { Profile } from "../profiles.ts";
import type { User } from "../users.ts";
import * as resources from "./api-resource-calls.ts";
import * as applications from "./application-calls.ts";
import { askerOf } from "./asker.ts";
import type { Handler } from "./call.ts";
import { Catalogue } from "./catalogue.ts";
import * as dcr from "./dynamic-registration.ts";
import * as scopes from "./free-scope-calls.ts";
import { invalidBody, type ManagementAnswer, refusal } from "./management-answer.ts";

export interface ManagementOptions {
  readonly profile: Profile;
  /** The prefix of the tenant: ``, or `/t/<tenant>`. */
  readonly tenant: string;
  readonly applications: Applications;
  /** Undefined where the version takes management tokens only. */
  readonly administrator: User | undefined;
  readonly data: IssuerData;
  /** Where the issuer answers. */
  readonly origin: string;
  /** The scopes of an application's token; undefined where it is not a valid one. */
  readonly scopesOf: (token: string) => Promise<readonly string[] | undefined>;
}

/** WSO2's management API, as far as `wso2 register` needs it. */
export interface Management {
  /** @param path below the tenant: `/api/…` */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** In which versions a call is there: in all, before 7.0, or from 7.0 on. */
type Since = "all" | "before-7" | "7";
type Row = readonly [method: string, pattern: RegExp, scope: ManagementScope, handler: Handler, since?: Since];

const APPLICATION = String.raw`^/api/server/v1/applications/([^/]+)`;
const RESOURCE = String.raw`^/api/server/v1/api-resources/([^/]+)`;
const REGISTER = String.raw`^/api/identity/oauth2/dcr/v1\.1/register`;
const SCOPES = String.raw`^/api/identity/oauth2/v1\.0/scopes`;

/** What the API has, and the scope that a management token needs for it (SRC). */
const CALLS: readonly Row[] = [
  ["GET", /^\/api\/server\/v1\/applications$/, "internal_application_mgt_view", applications.listApplications],
  ["POST", /^\/api\/server\/v1\/applications$/, "internal_application_mgt_create", applications.createApplication],
  ["GET", new RegExp(`${APPLICATION}$`), "internal_application_mgt_view", applications.readApplication],
  ["DELETE", new RegExp(`${APPLICATION}$`), "internal_application_mgt_delete", applications.deleteApplication],
  ["GET", new RegExp(`${APPLICATION}/inbound-protocols/oidc$`), "internal_application_mgt_view", applications.readOidc],
  [
    "PUT",
    new RegExp(`${APPLICATION}/inbound-protocols/oidc$`),
    "internal_application_mgt_update",
    applications.updateOidc,
  ],
  [
    "GET",
    new RegExp(`${APPLICATION}/authorized-apis$`),
    "internal_application_mgt_view",
    resources.listAuthorised,
    "7",
  ],
  ["POST", new RegExp(`${APPLICATION}/authorized-apis$`), "internal_application_mgt_update", resources.authorise, "7"],
  [
    "PATCH",
    new RegExp(`${APPLICATION}/authorized-apis/([^/]+)$`),
    "internal_application_mgt_update",
    resources.changeAuthorised,
    "7",
  ],
  [
    "DELETE",
    new RegExp(`${APPLICATION}/authorized-apis/([^/]+)$`),
    "internal_application_mgt_update",
    resources.deleteAuthorised,
    "7",
  ],
  ["GET", /^\/api\/server\/v1\/api-resources$/, "internal_api_resource_view", resources.listResources, "7"],
  ["POST", /^\/api\/server\/v1\/api-resources$/, "internal_api_resource_create", resources.createResource, "7"],
  ["GET", new RegExp(`${RESOURCE}$`), "internal_api_resource_view", resources.readResource, "7"],
  ["PATCH", new RegExp(`${RESOURCE}$`), "internal_api_resource_update", resources.changeResource, "7"],
  ["DELETE", new RegExp(`${RESOURCE}$`), "internal_api_resource_delete", resources.deleteResource, "7"],
  [
    "DELETE",
    new RegExp(`${RESOURCE}/scopes/([^/]+)$`),
    "internal_api_resource_update",
    resources.deleteResourceScope,
    "7",
  ],
  ["POST", new RegExp(`${REGISTER}$`), "internal_dcr_create", dcr.registerClient],
  ["GET", new RegExp(`${REGISTER}/([^/]+)$`), "internal_dcr_create", dcr.readClient],
  ["DELETE", new RegExp(`${REGISTER}/([^/]+)$`), "internal_dcr_delete", dcr.deleteClient],
  ["POST", new RegExp(`${SCOPES}$`), "internal_oauth2_scope_create", scopes.registerScope, "before-7"],
  ["DELETE", new RegExp(`${SCOPES}/([^/]+)$`), "internal_oauth2_scope_delete", scopes.deleteScope, "before-7"],
];

/** Nothing here is for a page of a browser: there is no CORS, and no session that a cookie could carry. */
export function startManagement(options: ManagementOptions): Management {
  const { profile, tenant, administrator, scopesOf, data, origin } = options;
  const catalogue = new Catalogue(options.applications, data);
  const asking = { administrator, scopesOf };
  const tenantDomain = tenant === "" ? "carbon.super" : tenant.slice("/t/".length);

  async function answerTo(path: string, request: IncomingMessage): Promise<ManagementAnswer> {
    const asker = await askerOf(request, asking);
    if (!asker) return { status: 401, headers: { "www-authenticate": `Basic realm=${new URL(origin).hostname}` } };
    const found = CALLS.filter(([, pattern, , , since]) => pattern.test(path) && isThere(since, profile));
    if (found.length === 0) return refusal(404, "404", "Not Found", "There is no such API.");
    const row = found.find(([method]) => method === request.method);
    if (!row) return refusal(405, "405", "Method Not Allowed", "The API does not have this method.");
    const [, pattern, scope, handler] = row;
    if (!asker.may(scope))
      return refusal(
        403,
        "403",
        "Forbidden",
        "Operation is not permitted. You do not have permissions to make this request.",
      );
    const read = await jsonOf(request);
    if (read.kind === "refused") return read.answer;
    const [, id = "", subId = ""] = pattern.exec(path) ?? [];
    const query = new URLSearchParams((request.url ?? "").split("?")[1] ?? "");
    const base = `${origin}${tenant}`;
    return handler({
      catalogue,
      asker,
      profile,
      id: decoded(id),
      subId: decoded(subId),
      query,
      body: read.body,
      base,
      tenant: tenantDomain,
    });
  }

  return {
    answer: async (path, request, response) => {
      const { status, body, headers = {} } = await answerTo(path, request);
      if (body === undefined) response.writeHead(status, { "content-length": 0, ...headers }).end();
      else send(response, status, body, { "cache-control": "no-store", ...headers });
    },
  };
}

const isThere = (since: Since = "all", { hasApiResources }: Profile) =>
  since === "all" || (since === "7") === hasApiResources;

type Read =
  | { readonly kind: "read"; readonly body: unknown }
  | { readonly kind: "refused"; readonly answer: ManagementAnswer };

const refused = (answer: ManagementAnswer): Read => ({ kind: "refused", answer });

/** A page can send JSON nowhere without asking first, so that nothing else is read. */
async function jsonOf(request: IncomingMessage): Promise<Read> {
  if (request.method === "GET" || request.method === "DELETE") return { kind: "read", body: undefined };
  if (request.headers["content-type"]?.startsWith("application/json") !== true)
    return refused(refusal(415, "415", "Unsupported Media Type", "The body has to be application/json."));
  const text = await readBody(request);
  if (text === undefined) return refused(refusal(413, "413", "Payload Too Large", "The body is too long."));
  try {
    return { kind: "read", body: JSON.parse(text) };
  } catch {
    return refused(invalidBody("It is not JSON."));
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
