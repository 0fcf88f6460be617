import { type Explanation, listed, ownText } from "./explanation.ts";
import { refuse, tokenRule } from "./rule.ts";
import type { UnverifiedToken } from "./unverified-token.ts";

// A header that says "you must understand this" is refused, since none of it is understood here (RFC 7515 section
// 4.1.11, RFC 7797 section 7). Whether AWS looks at `crit` is not known (3.26): jwt-go does not.
export const critical = tokenRule("critical", (token) =>
  EXTENSIONS.some((name) => Object.hasOwn(token.header, name))
    ? refuse("the token demands an extension (crit)", "UNK")
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
  remedy: ({ saw }) => ({
    cause: `the token's header demands an extension: ${listed(saw)}`,
    remedy: "have the issuer leave crit and b64 out of the header",
  }),
  logged: () => [
    ownText(["the token demands an extension (crit)"], "3.26", {
      cause: "the token's header has crit or b64: it asks for something that is not understood here",
      remedy: "have the issuer leave crit and b64 out of the header; many of them from one address are an attack",
    }),
  ],
};

const EXTENSIONS = ["crit", "b64"];

const demands = ({ header }: UnverifiedToken) => EXTENSIONS.filter((name) => Object.hasOwn(header, name));
