import { INTERNAL_SERVER_ERROR } from "../answers.ts";
import { type Authorization, PASSED, type RouteAuthorizer } from "./authorizer.ts";

/** Refuses every request with 500: an authorizer that this machine cannot run must not let anybody pass. */
export function unservedAuthorizer(reason: string): RouteAuthorizer {
  const refused: Authorization = { ...PASSED, refusal: INTERNAL_SERVER_ERROR, localReason: reason };
  return { authorizeRequest: () => refused };
}
