import { algorithm, algorithmExplained } from "./algorithm.ts";
import { audience, audienceExplained } from "./audience.ts";
import { claims, claimsExplained } from "./claims.ts";
import { critical, criticalExplained } from "./critical.ts";
import { expiry, expiryExplained } from "./expiry.ts";
import type { Explanation } from "./explanation.ts";
import { header, headerExplained } from "./header.ts";
import { identitySource, identitySourceExplained } from "./identity-source.ts";
import { issuedAt, issuedAtExplained } from "./issued-at.ts";
import { issuer, issuerExplained } from "./issuer.ts";
import { key, keyExplained } from "./key.ts";
import { keyId, keyIdExplained } from "./key-id.ts";
import { notBefore, notBeforeExplained } from "./not-before.ts";
import { scope, scopeExplained } from "./scope.ts";
import { segments, segmentsExplained } from "./segments.ts";
import { signature, signatureExplained } from "./signature.ts";

// The order of the rules. The first that fails decides; a person sees all of them.

/** Asked before the issuer's keys are looked up. What fails here costs no fetch. */
export const RULES_BEFORE_KEY = [identitySource, segments, header, claims, algorithm, critical, keyId] as const;

/** Asked when the key client has answered: whether the issuer wrote this token. */
export const RULES_OF_KEY = [key, signature] as const;

/** Asked when it is known who wrote it: whether it is for this request, and now. */
export const RULES_OF_CLAIMS = [expiry, notBefore, issuedAt, issuer, audience, scope] as const;

export const RULES = [...RULES_BEFORE_KEY, ...RULES_OF_KEY, ...RULES_OF_CLAIMS] as const;

export type RuleName = (typeof RULES)[number]["name"];

/** What a person reads of each rule. */
export const EXPLANATIONS: Readonly<Record<RuleName, Explanation>> = {
  "identity-source": identitySourceExplained,
  segments: segmentsExplained,
  header: headerExplained,
  claims: claimsExplained,
  algorithm: algorithmExplained,
  critical: criticalExplained,
  "key-id": keyIdExplained,
  key: keyExplained,
  signature: signatureExplained,
  expiry: expiryExplained,
  "not-before": notBeforeExplained,
  "issued-at": issuedAtExplained,
  issuer: issuerExplained,
  audience: audienceExplained,
  scope: scopeExplained,
};
