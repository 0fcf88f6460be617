import type { Shown } from "./explanation.ts";
import { type Refusal, refuse } from "./rule.ts";
import { isUnreadable, type ReadPart, type Unreadable } from "./unverified-token.ts";

// What the rules `header` and `claims` share: each asks that one part of the token is a JSON object in strict base64url.

/** The refusal of a part that cannot be read. */
export const refuseUnreadable = (part: ReadPart | Unreadable | undefined): Refusal | undefined =>
  part !== undefined && isUnreadable(part) ? refuse(part.description, part.fromGo ? "INF" : "UNK") : undefined;

/** The names of a part's members, or why it cannot be read. */
export const showPart = (part: ReadPart | Unreadable | undefined): Shown => ({
  saw: part && (isUnreadable(part) ? part.description : Object.keys(part.record)),
  wanted: "a JSON object",
  confidence: "DOC",
});
