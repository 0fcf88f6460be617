import { algorithm } from "./algorithm.ts";
import { audience } from "./audience.ts";
import { critical } from "./critical.ts";
import { claims, header, identitySource, segments } from "./form.ts";
import { issuer } from "./issuer.ts";
import { key, keyId } from "./key.ts";
import type { Rule } from "./rule.ts";
import { scope } from "./scope.ts";
import { signature } from "./signature.ts";
import { expiry, issuedAt, notBefore } from "./times.ts";

// The order of the rules. The first that fails decides; a person sees all of them.

/** Asked before the issuer's keys are looked up. What fails here costs no fetch. */
export const RULES_BEFORE_KEY: readonly Rule[] = [identitySource, segments, header, claims, algorithm, critical, keyId];

/** Asked when the key client has answered: whether the issuer wrote this token. */
export const RULES_OF_KEY: readonly Rule[] = [key, signature];

/** Asked when it is known who wrote it: whether it is for this request, and now. */
export const RULES_OF_CLAIMS: readonly Rule[] = [expiry, notBefore, issuedAt, issuer, audience, scope];

export const RULES: readonly Rule[] = [...RULES_BEFORE_KEY, ...RULES_OF_KEY, ...RULES_OF_CLAIMS];
