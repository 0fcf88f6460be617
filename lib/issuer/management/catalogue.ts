import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Applications } from "../applications.ts";
import type { EmbeddedClient } from "../embedded-client.ts";
import type { IssuerData } from "../issuer-data.ts";
import { stableUuid } from "../stable-uuid.ts";

const scopeSchema = z.object({ id: z.string(), name: z.string(), displayName: z.string() });
const resourceSchema = z.object({
  id: z.string(),
  name: z.string(),
  identifier: z.string(),
  requiresAuthorization: z.boolean(),
  scopes: z.array(scopeSchema),
});
const keptSchema = z.object({
  resources: z.array(resourceSchema),
  authorisations: z.array(
    z.object({ applicationId: z.string(), resourceId: z.string(), policy: z.string(), scopes: z.array(z.string()) }),
  ),
  freeScopes: z.array(z.string()),
});

const MOST_APPLICATIONS = 1_000;

/** An API resource of Identity Server 7: the scopes of one API. */
export type ApiResource = z.infer<typeof resourceSchema>;
/** Which scopes of an API resource an application may ask for. */
export type Authorisation = z.infer<typeof keptSchema>["authorisations"][number];

const NOTHING: z.infer<typeof keptSchema> = { resources: [], authorisations: [], freeScopes: [] };

/** What management knows: applications, API resources, authorisations, and the free scopes of versions before 7.0. */
export class Catalogue {
  readonly applications: Applications;
  readonly #data: IssuerData;
  readonly #kept: z.infer<typeof keptSchema>;

  constructor(applications: Applications, data: IssuerData) {
    this.applications = applications;
    this.#data = data;
    this.#kept = structuredClone(keptSchema.safeParse(data.management).data ?? NOTHING);
  }

  get resources(): readonly ApiResource[] {
    return this.#kept.resources;
  }

  get freeScopes(): readonly string[] {
    return this.#kept.freeScopes;
  }

  /** Our own limit; WSO2 has none so low. */
  get isFull(): boolean {
    return this.applications.registered.length >= MOST_APPLICATIONS;
  }

  applicationOf(id: string): EmbeddedClient | undefined {
    return this.applications.all.find((one) => idOf(one) === id);
  }

  resourceOf(id: string): ApiResource | undefined {
    return this.#kept.resources.find((one) => one.id === id);
  }

  authorisationsOf(applicationId: string): readonly Authorisation[] {
    return this.#kept.authorisations.filter((one) => one.applicationId === applicationId);
  }

  /** @returns whether it was there and could be removed: one of the template cannot */
  removeApplication(client: EmbeddedClient): boolean {
    const id = idOf(client);
    this.#kept.authorisations = this.#kept.authorisations.filter(({ applicationId }) => applicationId !== id);
    this.#save();
    return this.applications.remove(client.clientId);
  }

  addResource(made: Omit<ApiResource, "id" | "scopes">, scopes: readonly NamedScope[]): ApiResource {
    const resource = { ...made, id: randomUUID(), scopes: scopes.map(withId) };
    this.#kept.resources.push(resource);
    this.#save();
    return resource;
  }

  addScopes(resource: ApiResource, scopes: readonly NamedScope[]): void {
    resource.scopes.push(...scopes.map(withId));
    this.#save();
  }

  removeScope(resource: ApiResource, name: string): void {
    resource.scopes = resource.scopes.filter((one) => one.name !== name);
    for (const { applicationId, resourceId } of this.#kept.authorisations)
      if (resourceId === resource.id) this.authorise(applicationId, resourceId, { removed: [name] });
    this.#save();
  }

  removeResource({ id }: ApiResource): void {
    for (const one of this.#kept.authorisations.filter(({ resourceId }) => resourceId === id))
      this.withdraw(one.applicationId, id);
    this.#kept.resources = this.#kept.resources.filter((one) => one.id !== id);
    this.#save();
  }

  /** Changes what an application may ask for, in its own list of scopes too: its next token has them. */
  authorise(applicationId: string, resourceId: string, change: AuthorisationChange): void {
    const { added = [], removed = [], policy = "RBAC" } = change;
    const before = this.authorisationsOf(applicationId).find((one) => one.resourceId === resourceId);
    const authorisation = before ?? { applicationId, resourceId, policy, scopes: [] };
    if (!before) this.#kept.authorisations.push(authorisation);
    authorisation.scopes = changed(authorisation.scopes, added, removed);
    const client = this.applicationOf(applicationId);
    if (client) this.applications.register({ ...client, scopes: changed(client.scopes, added, removed) });
    this.#save();
  }

  /** Takes an authorisation away, with all its scopes. */
  withdraw(applicationId: string, resourceId: string): void {
    const found = this.authorisationsOf(applicationId).find((one) => one.resourceId === resourceId);
    if (found) this.authorise(applicationId, resourceId, { removed: found.scopes });
    this.#kept.authorisations = this.#kept.authorisations.filter((one) => one !== found);
    this.#save();
  }

  /** Before 7.0 no application is authorised for a scope: each may ask for those that are registered. */
  setFreeScopes(scopes: readonly string[]): void {
    const gone = this.#kept.freeScopes.filter((one) => !scopes.includes(one));
    this.#kept.freeScopes = [...scopes];
    for (const client of this.applications.registered)
      this.applications.register({ ...client, scopes: changed(client.scopes, scopes, gone) });
    this.#save();
  }

  #save(): void {
    this.#data.management = this.#kept;
  }
}

export interface NamedScope {
  readonly name: string;
  readonly displayName: string;
}

interface AuthorisationChange {
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  readonly policy?: string;
}

/** WSO2's own id of an application: the same for the same client id. */
export const idOf = ({ clientId }: EmbeddedClient): string => stableUuid(clientId);

/** Its name, which is the client id where nobody gave one. */
export const nameOf = ({ name, clientId }: EmbeddedClient): string => name ?? clientId;

const withId = (scope: NamedScope) => ({ id: randomUUID(), ...scope });

const changed = (before: readonly string[], added: readonly string[], removed: readonly string[]): string[] =>
  [...new Set([...before, ...added])].filter((one) => !removed.includes(one));
