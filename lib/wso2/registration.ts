import { isJson, type Json } from "../json/json.ts";
import type { Manage } from "./management.ts";
import { asJson, credentialsIn, firstId, strange, textsIn } from "./management-answers.ts";
import {
  APPLICATIONS,
  changeProtocol,
  createApplication,
  deletion,
  findApplication,
  GRANT,
  lookForResources,
  REGISTER,
  type RegistrationRequest,
  readCredentials,
  registerClient,
} from "./registration-calls.ts";
import { registerScopes, type ScopeState } from "./scope-registration.ts";
import { UndoStack } from "./undo-stack.ts";

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

/**
 * Registers an application, or takes the one of that name and changes only what does not fit, so that the same command may be
 * given again. What was done is undone where a later step fails.
 * @param finish what is to be done with it: where it fails, the registration is undone as well
 * @throws Mistake `wso2-secret-hidden`, `wso2-answer-strange`, those of `Manage`, and those of `finish`
 */
export async function register<T>(
  request: RegistrationRequest,
  manage: Manage,
  finish: (registration: Registration) => Promise<T>,
): Promise<T> {
  const undo = new UndoStack(manage);
  return undo.guard(async () => {
    const via = request.via ?? ((await manage(lookForResources)).status === 404 ? "dcr" : "api");
    const found = await applicationOf(request.name, manage);
    const application = await (found === undefined
      ? via === "api"
        ? createByApi(request, manage, undo)
        : createByDcr(request, manage, undo)
      : adopt(request, found, manage, undo));
    const scopeState = await registerScopes(request, application.applicationId, manage, undo);
    return finish({ ...application, scopeState });
  });
}

type Application = Omit<Registration, "scopeState">;

async function createByApi(request: RegistrationRequest, manage: Manage, undo: UndoStack): Promise<Application> {
  const { createdId: applicationId } = await manage(createApplication(request));
  if (applicationId === undefined) throw strange("create the application", "no Location with its id");
  undo.add(takingAway(`${APPLICATIONS}/${applicationId}`));
  const { body } = await manage(readCredentials(applicationId));
  return { ...credentialsIn(body.clientId, body.clientSecret), application: "made", applicationId };
}

/** Dynamic registration knows no audiences, and does not answer WSO2's own id. */
async function createByDcr(request: RegistrationRequest, manage: Manage, undo: UndoStack): Promise<Application> {
  const { body } = await manage(registerClient(request));
  const credentials = credentialsIn(body.client_id, body.client_secret);
  undo.add(takingAway(`${REGISTER}/${credentials.clientId}`));
  const { audience, scopes, name } = request;
  const needsId = audience.length > 0 || scopes.length > 0;
  const applicationId = needsId ? await applicationOf(name, manage) : undefined;
  if (audience.length > 0) {
    if (applicationId === undefined) throw strange("register the client", "no application of its name afterwards");
    const { body: before } = await manage(readCredentials(applicationId));
    const fitting = fittingProtocol(before, request);
    if (fitting) await manage(changeProtocol("set the audiences", applicationId, fitting));
  }
  return { ...credentials, application: "made", applicationId };
}

const takingAway = (path: string) => ({
  call: deletion("take the application away again", path),
  done: "the application was taken away again",
  failed: "the application is still there: delete it in the console before the next try",
});

async function adopt(
  request: RegistrationRequest,
  applicationId: string,
  manage: Manage,
  undo: UndoStack,
): Promise<Application> {
  const { body: before } = await manage(readCredentials(applicationId));
  const credentials = credentialsIn(before.clientId, before.clientSecret);
  const fitting = fittingProtocol(before, request);
  if (fitting === undefined) return { ...credentials, application: "found", applicationId };
  await manage(changeProtocol("change the application's tokens", applicationId, fitting));
  undo.add({
    call: changeProtocol("change the application back", applicationId, before),
    done: "the application is again as it was",
    failed: `the application stays changed: its access tokens are JWTs${request.audience.length > 0 ? ", and its audiences are those asked for" : ""}`,
  });
  return { ...credentials, application: "changed", applicationId };
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

async function applicationOf(name: string, manage: Manage): Promise<string | undefined> {
  const { body } = await manage(findApplication(name));
  return firstId(body.applications);
}
