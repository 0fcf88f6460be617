import type { AuthorizerContext } from "../aws/event.ts";
import type { HttpRequest } from "../aws/http-request.ts";
import type { Decision } from "../rules/decision.ts";
import type { ServedStage } from "./api-runtime.ts";
import type { IntegrationFacts } from "./context-variables.ts";

/** What is known of a request when it is answered: for the log, the console and a person. Never the token. */
export interface Passage {
  incoming: HttpRequest | undefined;
  stage: ServedStage | undefined;
  routeKey: string | undefined;
  decision: Decision | undefined;
  /** What the authorizer found out. */
  authorizer: AuthorizerContext | undefined;
  /** `$context.authorizer.error`. */
  authorizerError: string | undefined;
  /** Undefined where no integration was called. */
  integration: IntegrationFacts | undefined;
  /** Why something is not served here; AWS has no such word. */
  localReason: string | undefined;
}

export const newPassage = (): Passage => ({
  incoming: undefined,
  stage: undefined,
  routeKey: undefined,
  decision: undefined,
  authorizer: undefined,
  authorizerError: undefined,
  integration: undefined,
  localReason: undefined,
});
