import type { Denied } from "./decision.ts";

const LONGEST_DESCRIPTION = 100;
/** All that may not stand in a quoted header value; a token's own `alg` can bring any of it (CVE-2016-5325 class). */
const UNSAFE = /[^\x20-\x7e]|["\\]/g;

/**
 * The `www-authenticate` header of a refusal: `Bearer` only where the token is missing (1.8, OBS1), else AWS's form
 * with single spaces and an empty scope (2.1.1, 2.1.2, DOC). None with a 403: AWS's header there is not known (2.2).
 */
export function challengeOf({ error, description }: Pick<Denied, "error" | "description">): string | undefined {
  switch (error) {
    case "missing":
      return "Bearer";
    case "invalid_token":
      return `Bearer scope="" error="invalid_token" error_description="${cleaned(description)}"`;
    case "insufficient_scope":
      return undefined;
  }
}

/** `$context.authorizer.error`, as the access log shows it: `<error>: <description>` (2.1.3, OBS+). */
export const authorizerErrorOf = ({ error, description }: Pick<Denied, "error" | "description">): string =>
  `${error}: ${cleaned(description)}`;

const cleaned = (text: string) => text.slice(0, LONGEST_DESCRIPTION).replace(UNSAFE, "?");

/** The body of a refusal: compact, no newline, 26 or 23 bytes (2.1.5, OBS+). */
export const bodyOf = ({ status }: Pick<Denied, "status">): string =>
  `{"message":"${status === 403 ? "Forbidden" : "Unauthorized"}"}`;
