import type { GivenValues } from "./given-values.ts";

const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}/g;

/**
 * A text with CloudFormation's dynamic references, `{{resolve:ssm:NAME}}` and `{{resolve:secretsmanager:ID:…}}`, replaced
 * where the value is known. The others stay as they are.
 * @param stored finds a parameter of Systems Manager
 */
export function withDynamicReferences(
  text: string,
  given: GivenValues,
  stored: (name: string) => string | undefined,
): string {
  if (!text.includes("{{resolve:")) return text;
  return text.replace(REFERENCE, (whole, service: string, body: string) => {
    if (service !== "secretsmanager") return stored(body.replace(/:\d+$/, "")) ?? whole;
    const { id, key } = secretIn(body);
    return given.secret(id, key) ?? whole;
  });
}

/** `ID:SecretString:KEY:STAGE:VERSION`, all but the id optional. An ARN has colons of its own. */
function secretIn(body: string): { readonly id: string; readonly key: string } {
  const parts = body.split(":");
  const length = body.startsWith("arn:") ? 7 : 1;
  return { id: parts.slice(0, length).join(":"), key: parts[length + 1] ?? "" };
}
