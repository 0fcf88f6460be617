import { createHash } from "node:crypto";
import { finding } from "../findings/finding.ts";
import type { Placeholder } from "./model.ts";

/** A text that `StackValues` left open: `{Pool.ProviderURL}`, `{ssm:/auth/issuer}`, `{{resolve:ssm:/auth/issuer}}`. */
const OPEN = /\{\{resolve:[^{}]*\}\}|\{[^{}]+\}/;

/** Whether a text holds a value that only a deployment knows. */
export const isOpen = (text: string): boolean => OPEN.test(text);

/** Names a value that only a deployment knows. @param got its text, with the open parts in braces @param instead what stands for it here */
export const placeholder = (name: string, got: string, instead: string): Placeholder => ({
  name,
  ...finding("placeholder", "warn", `only a deployment knows it; ${instead}`, { got, fix: howToGive(got) }),
});

/** How a person gives the value, as an entry of gatehouse.values.json. */
function howToGive(text: string): string {
  const [open = text] = OPEN.exec(text) ?? [];
  const [, parameter] = /^\{ssm:(.+)\}$/.exec(open) ?? /^\{\{resolve:ssm(?:-secure)?:([^:}]+)/.exec(open) ?? [];
  if (parameter !== undefined) return entry("ssm", parameter);
  const [, output] = /^\{import:(.+)\}$/.exec(open) ?? [];
  if (output !== undefined) return entry("exports", output);
  const [, secret] = /^\{\{resolve:secretsmanager:(arn:(?:[^:}]*:){5}[^:}]*|[^:}]*)/.exec(open) ?? [];
  if (secret !== undefined) return entry("secrets", secret);
  const name = open.slice(1, -1);
  return name.includes(".") ? entry("attributes", name) : `--parameters ${name}=VALUE`;
}

const entry = (kind: string, name: string) =>
  `gatehouse.values.json, or --values FILE: { "${kind}": { ${JSON.stringify(name)}: "VALUE" } }`;

/** A top-level domain that no name server knows (RFC 2606). */
const NOWHERE = "https://known-when-deployed.invalid";

/** An issuer for tokens of this machine, in place of one that only a deployment knows. The same text, the same issuer. */
export function standInIssuer(text: string): string {
  const words = text
    .replace(/^https?:\/\//, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${NOWHERE}/${words.slice(0, LONGEST_WORDS) || createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}

const LONGEST_WORDS = 80;
