import { isJson } from "../json/json.ts";
import type { Manage } from "./management.ts";
import { firstId, namesIn, strange } from "./management-answers.ts";
import {
  addScopes,
  authorise,
  changeAuthorised,
  createResource,
  deletion,
  findResource,
  RESOURCES,
  type RegistrationRequest,
  readAuthorised,
  readResource,
  registerScope,
  SCOPES,
  withdrawAuthorised,
} from "./registration-calls.ts";
import type { UndoStack } from "./undo-stack.ts";

/** `registered`: the server has no API resources (before 7.0); its scopes belong to no application. */
export type ScopeState = "none" | "authorised" | "registered";

/** Makes the scopes known at the server, and authorises the application for them where the server has API resources. */
export async function registerScopes(
  { name, api, scopes }: RegistrationRequest,
  applicationId: string | undefined,
  manage: Manage,
  undo: UndoStack,
): Promise<ScopeState> {
  if (scopes.length === 0) return "none";
  const found = await manage(findResource(api));
  if (found.status === 404) {
    await registerFreeScopes(scopes, manage, undo);
    return "registered";
  }
  if (applicationId === undefined) throw strange("register the client", "no application of its name afterwards");
  const known = firstId(found.body.apiResources);
  const id = known ?? (await newResource(name, api, scopes, manage, undo));
  if (known !== undefined) await completeResource(id, scopes, manage, undo);
  await authoriseFor(id, applicationId, scopes, manage, undo);
  return "authorised";
}

async function registerFreeScopes(scopes: readonly string[], manage: Manage, undo: UndoStack): Promise<void> {
  for (const scope of scopes) {
    const { status } = await manage(registerScope(scope));
    if (status === 404 || status === 409) continue;
    undo.add({
      call: deletion("remove the scope", `${SCOPES}/${encodeURIComponent(scope)}`),
      done: `the scope ${scope} was removed again`,
      failed: `the scope ${scope} stays registered`,
    });
  }
}

async function newResource(
  name: string,
  api: string,
  scopes: readonly string[],
  manage: Manage,
  undo: UndoStack,
): Promise<string> {
  const { body, createdId } = await manage(createResource(name, api, scopes));
  const id = typeof body.id === "string" ? body.id : createdId;
  if (id === undefined) throw strange("create the API resource", "no id of it");
  undo.add({
    call: deletion("remove the API resource", `${RESOURCES}/${id}`),
    done: "the API resource was removed again",
    failed: `the API resource ${api} is still there`,
  });
  return id;
}

/** Adds those scopes that an API resource lacks. */
async function completeResource(id: string, scopes: readonly string[], manage: Manage, undo: UndoStack): Promise<void> {
  const { body } = await manage(readResource(id));
  const known = namesIn(body.scopes);
  const missing = scopes.filter((scope) => !known.includes(scope));
  if (missing.length === 0) return;
  await manage(addScopes(id, missing));
  for (const scope of missing)
    undo.add({
      call: deletion("remove the scope", `${RESOURCES}/${id}/scopes/${encodeURIComponent(scope)}`),
      done: `the scope ${scope} was removed from the API resource again`,
      failed: `the scope ${scope} stays in the API resource`,
    });
}

/** Authorises an application for those scopes of an API resource that it is not authorised for yet. */
async function authoriseFor(
  id: string,
  applicationId: string,
  scopes: readonly string[],
  manage: Manage,
  undo: UndoStack,
): Promise<void> {
  const { list } = await manage(readAuthorised(applicationId));
  const before = list.find((one) => isJson(one) && one.id === id);
  const done = "the authorisation was withdrawn again";
  const failed = "the application stays authorised for the scopes";
  if (!isJson(before)) {
    await manage(authorise(applicationId, id, scopes));
    undo.add({ call: withdrawAuthorised(applicationId, id), done, failed });
    return;
  }
  const missing = scopes.filter((scope) => !namesIn(before.authorizedScopes).includes(scope));
  if (missing.length === 0) return;
  await manage(changeAuthorised(applicationId, id, { addedScopes: missing, removedScopes: [] }));
  undo.add({
    call: changeAuthorised(applicationId, id, { addedScopes: [], removedScopes: missing }),
    done,
    failed,
  });
}
