import { awsText, type Explanation, ownText } from "./explanation.ts";
import { refuseUnreadable, showPart } from "./json-part.ts";
import { type Rule, refuse } from "./rule.ts";

export const header: Rule<"header"> = {
  name: "header",
  check: ({ headerPart, text = "" }) =>
    /^bearer /i.test(text) ? refuse(BEARER_LEFT, "OBS1") : refuseUnreadable(headerPart),
};

// What is left of a credential whose prefix is not exactly one `Bearer `: a space is never base64url. jwt-go's text, which
// aws/serverless-application-model#1300 shows in a real API's www-authenticate (1.12).
const BEARER_LEFT = "tokenstring should not contain 'bearer '";

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
    awsText([BEARER_LEFT], "1.12", "OBS1", {
      cause: "what is left of the credential still begins with bearer: another case, or the prefix twice",
      remedy: "send 'Authorization: Bearer <token>', with exactly one 'Bearer ' in that spelling",
    }),
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
    ownText(
      [
        "the token is not valid JSON",
        "the token is not valid UTF-8",
        "the token holds no JSON object",
        "the token is nested too deeply",
      ],
      "2.2",
      {
        cause: "a part of the token is decoded, and is not a JSON object in UTF-8 of a hundred levels at most",
        remedy: "send the token exactly as the issuer gave it; many of them from one address are an attack",
      },
    ),
  ],
};
