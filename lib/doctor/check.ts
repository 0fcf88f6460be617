import type { Confidence } from "../aws/confidence.ts";
import { type Finding, finding } from "../findings/finding.ts";
import type { RuleName } from "../rules/rules.ts";

/** One check's finding: a check of the issuer, or a rule's on the token that was given. */
export type DoctorFinding = Finding<DoctorCode>;

/** What a check is about, before its finding. */
interface CheckSubject {
  readonly code: string;
  readonly fact: string | null;
  readonly confidence: Confidence;
}

/** The checks in their order, each with the one without which it cannot be made. */
const CHECKS = [
  { code: "issuer-url", fact: "3.7", confidence: "OBS1", needs: undefined },
  { code: "issuer-spelling", fact: "3.6", confidence: "DOC", needs: "issuer-url" },
  { code: "issuer-port", fact: null, confidence: "UNK", needs: "issuer-url" },
  { code: "issuer-host", fact: "4.9", confidence: "OBS1", needs: "issuer-url" },
  { code: "dns", fact: "4.9", confidence: "OBS1", needs: "issuer-url" },
  { code: "dns-public", fact: "4.9", confidence: "OBS1", needs: "dns" },
  { code: "tls-chain", fact: "4.9", confidence: "OBS1", needs: "dns" },
  { code: "tls-name", fact: "4.9", confidence: "OBS1", needs: "tls-chain" },
  { code: "tls-days", fact: "4.9", confidence: "OBS1", needs: "tls-chain" },
  { code: "discovery", fact: "4.10", confidence: "DOC", needs: "dns" },
  { code: "discovery-issuer", fact: "4.7", confidence: "OBS1", needs: "discovery" },
  { code: "discovery-members", fact: "4.6", confidence: "OBS1", needs: "discovery" },
  { code: "discovery-type", fact: null, confidence: "UNK", needs: "discovery" },
  { code: "jwks-host", fact: "4.9", confidence: "OBS1", needs: "discovery-members" },
  { code: "jwks", fact: "4.10", confidence: "DOC", needs: "discovery-members" },
  { code: "jwks-keys", fact: "3.2", confidence: "DOC", needs: "jwks" },
  { code: "jwks-duplicates", fact: null, confidence: "UNK", needs: "jwks" },
  { code: "jwks-private", fact: null, confidence: "UNK", needs: "jwks" },
  { code: "jwks-default-keys", fact: null, confidence: "UNK", needs: "jwks" },
  { code: "clock", fact: "3.11", confidence: "DOC", needs: "discovery" },
] as const satisfies readonly (CheckSubject & { readonly needs: string | undefined })[];

export type CheckName = (typeof CHECKS)[number]["code"];
/** Every check of an issuer, in order. @public as part of docs/errors.md */
export const CHECK_NAMES: readonly CheckName[] = CHECKS.map(({ code }) => code);
/** Every code of `doctor`. */
export type DoctorCode = CheckName | "token" | `token-${RuleName}`;

const about = (check: CheckName) => {
  const { fact, confidence } = CHECKS.find(({ code }) => code === check) ?? CHECKS[0];
  return { fact, confidence };
};

export const pass = (check: CheckName, what: string): DoctorFinding => finding(check, "pass", what, about(check));

export const warn = (check: CheckName, what: string, fix: string): DoctorFinding =>
  finding(check, "warn", what, { ...about(check), fix });

export const fail = (check: CheckName, what: string, fix: string): DoctorFinding =>
  finding(check, "fail", what, { ...about(check), fix });

export const skip = (check: CheckName, what: string): DoctorFinding => finding(check, "skipped", what, about(check));

/** Every check in its order; one that was not made says which other it would have needed. */
export function inOrder(made: readonly DoctorFinding[]): readonly DoctorFinding[] {
  const ordered = CHECKS.flatMap(({ code, needs }) => {
    const found = made.filter((one) => one.code === code);
    return found.length > 0 ? found : [skip(code, `not checked: it needs ${needs ?? "an issuer"}`)];
  });
  return [...ordered, ...made.filter((one) => !CHECKS.some(({ code }) => code === one.code))];
}
