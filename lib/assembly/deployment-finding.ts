import { DEPLOYMENT_RULES, type DeploymentCode, type DeploymentRule } from "../aws/deployment-rules.ts";
import { type Finding, finding } from "../findings/finding.ts";
import type { DeploymentFinding, Placeholder, Unserved } from "./model.ts";

/** What is noted while an assembly is read. */
export interface AssemblyNotes {
  readonly unserved: Unserved[];
  readonly findings: DeploymentFinding[];
  readonly placeholders: Placeholder[];
}

/** Notes something once, however many routes meet it. */
export function noteOnce<Note extends { readonly name: string; readonly what: string }>(notes: Note[], note: Note) {
  if (!notes.some(({ name, what }) => name === note.name && what === note.what)) notes.push(note);
}

/**
 * Makes a finding of a row of the table.
 * @param got what was seen
 * @param more what differs from the table
 */
export function deploymentFinding(
  code: DeploymentCode,
  name: string,
  got: string,
  more: Partial<Pick<Finding, "fix" | "expected" | "fact" | "confidence">> = {},
): DeploymentFinding {
  const { level, what, ...row }: DeploymentRule = DEPLOYMENT_RULES[code];
  return { name, ...finding(code, level, what, { ...row, got, ...more }) };
}
