import { PASSED, type RouteAuthorizer } from "./authorizer.ts";

/** Lets every request pass: a public route. */
export const noAuthorizer: RouteAuthorizer = { authorizeRequest: () => PASSED };
