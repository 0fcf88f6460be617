import { awsText, type Explanation, ownText } from "./explanation.ts";
import { refuseUnreadable, showPart } from "./json-part.ts";
import type { Rule } from "./rule.ts";

export const header: Rule<"header"> = {
  name: "header",
  check: ({ headerPart }) => refuseUnreadable(headerPart),
};

export const headerExplained: Explanation = {
  fact: "2.2",
  confidence: "INF",
  title: "the header is a JSON object in strict base64url",
  ready: ({ headerPart }) => headerPart !== undefined,
  show: ({ headerPart }) => showPart(headerPart),
  remedy: ({ saw }) => ({
    cause: `the token's header cannot be read: ${String(saw)}`,
    remedy:
      "send the token exactly as the issuer gave it, by itself or after exactly 'Bearer ': no lower-case 'bearer', no second 'Bearer', no white space, no padding",
  }),
  // The claims have the same texts.
  logged: () => [
    awsText(
      [
        "illegal base64 data at input byte …",
        "invalid character … looking for beginning of value",
        "unexpected end of JSON input",
      ],
      "2.2",
      "INF",
      {
        cause: "the token was cut or changed on its way",
        remedy: "send the token exactly as the issuer gave it",
      },
    ),
    ownText(["the token is not valid JSON", "the token is not valid UTF-8", "the token holds no JSON object"], "2.2", {
      cause: "a part of the token is decoded, and is not a JSON object in UTF-8",
      remedy: "send the token exactly as the issuer gave it; many of them from one address are an attack",
    }),
  ],
};
