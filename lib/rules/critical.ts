import { type Explanation, refuse, tokenRule } from "./rule.ts";
import type { UnverifiedToken } from "./unverified-token.ts";

// A header that says "you must understand this" is refused, since none of it is understood here (RFC 7515 section
// 4.1.11, RFC 7797 section 7). Whether AWS looks at `crit` is not known (3.26): jwt-go does not.
export const critical = tokenRule("critical", (token) =>
  EXTENSIONS.some((name) => Object.hasOwn(token.header, name))
    ? refuse("the token demands an extension (crit)", "UNK", "UNK")
    : undefined,
);

export const criticalExplained: Explanation = {
  fact: "3.26",
  confidence: "UNK",
  title: "the header demands no extension (crit, b64)",
  // A token without `crit` is any token: that it passes is not in doubt.
  show: ({ token }) => {
    const found = token === undefined ? [] : demands(token);
    return { saw: found, wanted: [], confidence: found.length > 0 ? "UNK" : "DOC" };
  },
};

const EXTENSIONS = ["crit", "b64"];

const demands = ({ header }: UnverifiedToken) => EXTENSIONS.filter((name) => Object.hasOwn(header, name));
