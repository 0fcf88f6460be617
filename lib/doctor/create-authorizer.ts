import type { Confidence } from "../aws/confidence.ts";
import { discoveryUrlOf } from "../keys/discovery.ts";
import type { DoctorFinding } from "./check.ts";

/** What `CreateAuthorizer`, and so `cdk deploy`, would say to this issuer. */
export interface CreateAuthorizerVerdict {
  /** Null where this machine did not reach the issuer: that may be its own fault, and says nothing of API Gateway's way. */
  readonly created: boolean | null;
  /** API Gateway's message, where it cannot or does not reach the issuer either; null where it would create the authorizer. */
  readonly message: string | null;
  readonly fact: "4.14";
  readonly confidence: Confidence;
}

/** CreateAuthorizer asks for the discovery document while one waits (4.3, OBS+); that it asks for keys is not known. */
const ASKED_AT_CREATION = new Set([
  "issuer-url",
  "issuer-host",
  "dns",
  "dns-public",
  "tls-chain",
  "tls-name",
  "tls-days",
  "discovery",
  "discovery-members",
]);
/** Seen to fail the creation; that the others do is inferred. */
const OBSERVED = new Set(["discovery"]);
/** True of an issuer wherever one asks from. */
const TRUE_FROM_ANYWHERE = new Set(["issuer-url", "issuer-host", "dns-public"]);

/** The verdict, from what the checks found, and from whether this machine reached the issuer at all. */
export function createAuthorizerVerdict(
  issuer: string,
  results: readonly DoctorFinding[],
  reached: boolean,
): CreateAuthorizerVerdict {
  const failed = results.filter(({ code, level }) => level === "fail" && ASKED_AT_CREATION.has(code));
  if (failed.length === 0) {
    // 4.8: whether the document's issuer is compared at creation is not known.
    const isAnother = results.some(({ code, level }) => code === "discovery-issuer" && level === "fail");
    return { created: true, message: null, fact: "4.14", confidence: isAnother ? "UNK" : "INF" };
  }
  const message = messageOf(issuer);
  if (!reached && !failed.some(({ code }) => TRUE_FROM_ANYWHERE.has(code)))
    return { created: null, message, fact: "4.14", confidence: "UNK" };
  return {
    created: false,
    message,
    fact: "4.14",
    confidence: failed.some(({ code }) => OBSERVED.has(code)) ? "OBS+" : "INF",
  };
}

/** 4.14 (OBS+): the text of the 400 BadRequestException. */
const messageOf = (issuer: string) =>
  `Caught exception when connecting to ${discoveryUrlOf(issuer)} for issuer ${issuer}. Please try again later. ` +
  `Error: Invalid issuer: ${issuer}. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'`;
