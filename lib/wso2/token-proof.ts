import type { Finding } from "../findings/finding.ts";
import { refusalFindings } from "../findings/refusal.ts";
import { authorize } from "../rules/authorize.ts";
import type { JwtConfiguration } from "../rules/jwt-configuration.ts";
import type { FindKey } from "../rules/key-answer.ts";
import type { RuleName } from "../rules/rules.ts";
import type { GrantToken } from "./token-request.ts";

/** What came of a real token: `good` for every rule of API Gateway, refused by one of them, or there is none. */
export type TokenProof =
  | { readonly kind: "good" }
  | { readonly kind: "refused"; readonly finding: Finding<RuleName> }
  | { readonly kind: "no-token"; readonly detail: string };

/** The proof of an application: gets a token and asks the rules about it, with the issuer's own keys. */
export async function proveToken(
  configuration: JwtConfiguration,
  scopes: readonly string[],
  grant: GrantToken,
  { findKey, nowMs }: { readonly findKey: FindKey; readonly nowMs: () => number },
): Promise<TokenProof> {
  const granted = await grant(scopes);
  if (granted.kind === "unanswered") return { kind: "no-token", detail: `${granted.stage}: ${granted.detail}` };
  if (granted.kind === "refused")
    return { kind: "no-token", detail: `${granted.status} ${granted.error}: ${granted.description}` };
  const [finding] = await refusalsOf(granted.token, configuration, scopes, { findKey, nowMs });
  return finding === undefined ? { kind: "good" } : { kind: "refused", finding };
}

/** Each rule that has something against a token, the one that decides first; none where they accept it. */
export async function refusalsOf(
  token: string,
  configuration: JwtConfiguration,
  scopes: readonly string[],
  { findKey, nowMs }: { readonly findKey: FindKey; readonly nowMs: () => number },
): Promise<readonly Finding<RuleName>[]> {
  const request = { credential: token, configuration, scopes };
  const decision = await authorize(request, findKey, nowMs() / 1_000, { thorough: true });
  return decision.allowed ? [] : refusalFindings(decision);
}
