import type { EmbeddedClient } from "./embedded-client.ts";
import type { IssuerData } from "./issuer-data.ts";
import type { Profile } from "./profiles.ts";
import { stableUuid } from "./stable-uuid.ts";
import type { User } from "./users.ts";

// Who may call the management API. Both secrets are made up when the issuer starts, as the clients' are.

/** What a management token may do, by WSO2's names (SRC). */
export const MANAGEMENT_SCOPES = [
  "internal_application_mgt_create",
  "internal_application_mgt_view",
  "internal_application_mgt_update",
  "internal_application_mgt_delete",
  "internal_application_mgt_client_secret_view",
  "internal_api_resource_create",
  "internal_api_resource_view",
  "internal_api_resource_update",
  "internal_api_resource_delete",
  "internal_dcr_create",
  "internal_dcr_delete",
  "internal_oauth2_scope_create",
  "internal_oauth2_scope_delete",
] as const;

export type ManagementScope = (typeof MANAGEMENT_SCOPES)[number];

/** By a name and a password, or as a client that gets management tokens. */
export interface Administration {
  /** WSO2's `admin`, by HTTP Basic; undefined where the version takes management tokens only. */
  readonly administrator: User | undefined;
  /** What a person makes by hand on Asgardeo: its tokens, which are opaque, may call the management API. */
  readonly application: EmbeddedClient;
}

export const administrationOf = (data: IssuerData, { takesAdministrator }: Profile): Administration => ({
  administrator: takesAdministrator
    ? { id: stableUuid("admin"), name: "admin", password: data.administratorPassword, claims: {} }
    : undefined,
  application: {
    clientId: "gatehouseManagement01",
    clientSecret: data.managementSecret,
    name: "Gatehouse management",
    audience: [],
    scopes: MANAGEMENT_SCOPES,
    grants: ["client_credentials"],
    accessTokenType: "Default",
    isPublic: false,
  },
});
