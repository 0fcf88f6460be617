import { discoveryUrlOf } from "../keys/discovery.ts";
import type { Confidence } from "../rules/decision.ts";
import type { CheckResult } from "./check.ts";

/** What `CreateAuthorizer`, and so `cdk deploy`, would say to this issuer. */
export interface CreateAuthorizerVerdict {
  readonly created: boolean;
  /** API Gateway's message; null where it would create the authorizer. */
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
const OBSERVED = new Set(["dns", "discovery"]);

/** The verdict, from what the checks found. */
export function createAuthorizerVerdict(issuer: string, results: readonly CheckResult[]): CreateAuthorizerVerdict {
  const failed = results.filter(({ check, level }) => level === "fail" && ASKED_AT_CREATION.has(check));
  if (failed.length === 0) {
    // 4.8: whether the document's issuer is compared at creation is not known.
    const isAnother = results.some(({ check, level }) => check === "discovery-issuer" && level === "fail");
    return { created: true, message: null, fact: "4.14", confidence: isAnother ? "UNK" : "INF" };
  }
  return {
    created: false,
    message: messageOf(issuer),
    fact: "4.14",
    confidence: failed.some(({ check }) => OBSERVED.has(check)) ? "OBS+" : "INF",
  };
}

/** 4.14 (OBS+): the text of the 400 BadRequestException. */
const messageOf = (issuer: string) =>
  `Caught exception when connecting to ${discoveryUrlOf(issuer)} for issuer ${issuer}. Please try again later. ` +
  `Error: Invalid issuer: ${issuer}. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'`;
