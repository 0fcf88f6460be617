/** What a linter holds against a template or a workflow. */
export interface LintFinding {
  readonly tool: "cfn-lint" | "checkov" | "actionlint";
  readonly rule: string;
  /** A logical id without the hash that the CDK adds, or a file. */
  readonly where: string;
  readonly message: string;
}

/** Why findings of one rule stay as they are. */
export interface Answer {
  readonly tool: string;
  readonly rule: string;
  readonly where: readonly string[];
  readonly reason: string;
}

/** The logical id without the CDK's hash, which another construct tree would change. */
export const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, "");

/**
 * Compares what linters found with the answers.
 * @returns lines to print: findings that no answer names, and answers of findings that are no longer there
 */
export function unanswered(findings: readonly LintFinding[], answers: readonly Answer[]): readonly string[] {
  const isFor = ({ tool, rule, where }: LintFinding, answer: Answer) =>
    answer.tool === tool && answer.rule === rule && answer.where.includes(where);
  const open = findings
    .filter((finding) => !answers.some((answer) => isFor(finding, answer)))
    .map(({ tool, rule, where, message }) => `not answered  ${tool} ${rule} ${where}: ${message}`);
  const stale = answers.flatMap(({ tool, rule, where }) =>
    where
      .filter((one) => !findings.some((finding) => isFor(finding, { tool, rule, where: [one], reason: "" })))
      .map((one) => `not found     ${tool} ${rule} ${one}: take the answer away`),
  );
  return [...new Set([...open, ...stale])];
}
