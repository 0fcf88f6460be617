import type { IssuerDocument } from "../http/fetch-document.ts";
import { parseJson } from "../json/json.ts";
import { firstDifference } from "../rules/explanation.ts";
import { type DoctorFinding, fail, pass, warn } from "./check.ts";

export interface DiscoveryFindings {
  readonly results: readonly DoctorFinding[];
  /** Where the keys are, if the document says so in a form that can be asked. */
  readonly jwksUri: string | undefined;
}

/** What the discovery document says, beside that it was answered. */
export function checkDiscovery({ text, contentType }: IssuerDocument, issuer: string): DiscoveryFindings {
  const document = parseJson(text);
  if (!document) {
    const cause = text.startsWith("\ufeff")
      ? "the document begins with a byte order mark, which is not JSON"
      : "the document is not a JSON object";
    const remedy = "answer the discovery document as JSON (RFC 8259); an error page with status 200 ends here too";
    return { results: [fail("discovery-members", cause, remedy)], jwksUri: undefined };
  }
  const { jwks_uri: jwksUri } = document;
  const members = checkMembers(document, issuer);
  return {
    results: [checkIssuer(document.issuer, issuer), ...members, checkType(contentType)],
    jwksUri: members.some(({ level }) => level === "fail") ? undefined : String(jwksUri),
  };
}

function checkIssuer(found: unknown, issuer: string): DoctorFinding {
  if (found === issuer) return pass("discovery-issuer", "the document names exactly this issuer");
  if (typeof found !== "string")
    return fail(
      "discovery-issuer",
      "the document names no issuer",
      "correct the document (OpenID Connect Discovery 4.3)",
    );
  return fail(
    "discovery-issuer",
    `the document names "${found.slice(0, 200)}", configured is "${issuer}": ${firstDifference(found, issuer)}`,
    remedyOfIssuer(found, issuer),
  );
}

function remedyOfIssuer(found: string, issuer: string): string {
  if (found.includes(":443"))
    return "WSO2 5.x writes ':443' behind proxyPort=443: take it out of the resident identity provider's entity id, or set the issuer with it";
  if (issuer.includes("/oauth2/oidcdiscovery")) return `set the issuer to ${found}`;
  return `compare with iss of a real token: where it is the document's, set the issuer to ${found.slice(0, 200)}; where not, correct WSO2 ([oauth] use_entityid_as_issuer_in_oidc_discovery)`;
}

function checkMembers(document: Readonly<Record<string, unknown>>, issuer: string): readonly DoctorFinding[] {
  const { jwks_uri: jwksUri, id_token_signing_alg_values_supported: algorithms } = document;
  if (typeof jwksUri !== "string" || !URL.canParse(jwksUri))
    return [fail("discovery-members", "the document has no jwks_uri that is a URL", "name the JWKS by an https URL")];
  const { protocol } = new URL(jwksUri);
  if (protocol !== "https:" && new URL(issuer).protocol === "https:")
    return [fail("discovery-members", `jwks_uri is on ${protocol}//`, "name the JWKS by an https URL")];
  if (!Array.isArray(algorithms))
    return [
      warn(
        "discovery-members",
        "the document lacks id_token_signing_alg_values_supported, which the smallest document known to work has",
        'add "id_token_signing_alg_values_supported": ["RS256"]',
      ),
    ];
  return [pass("discovery-members", "it has jwks_uri and the signing algorithms")];
}

const checkType = (contentType: string | undefined): DoctorFinding =>
  /^application\/json\b/i.test(contentType ?? "")
    ? pass("discovery-type", "the content type is application/json")
    : warn(
        "discovery-type",
        `the content type is ${contentType?.slice(0, 60) ?? "absent"}`,
        "answer application/json (OpenID Connect Discovery 4.2); whether API Gateway minds is not known",
      );
