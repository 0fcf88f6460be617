import type { IssuerEndpoints } from "./issuer-endpoints.ts";
import { stableUuid } from "./stable-uuid.ts";

/** What users' tokens of 7.x name as `org_id` and `org_name`. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
}

/** The id that Identity Server 7 gives to the organisation of the super tenant (OBS). */
const SUPER: Organisation = { id: "10084a8d-113f-4211-a0d5-efe36b082211", name: "Super" };

/** A tenant's organisation has the tenant's name, and always the same made-up id. */
export function organisationOf({ tenant }: IssuerEndpoints): Organisation {
  const [, name] = /^\/t\/(.+)$/.exec(tenant ?? "") ?? [];
  if (name === undefined || name === "carbon.super") return SUPER;
  return { id: stableUuid(name), name };
}
