/** A statement of a policy, resolved. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One call, as IAM sees it. */
export interface Call {
  readonly action: string;
  /** An ARN, or `*` where the action knows no resource. */
  readonly resource: string;
  /** Of conditions, by their keys. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Whether a policy of Allow statements with StringEquals conditions allows a call: all that ours are made of. */
export const isAllowed = (statements: readonly Statement[], call: Call): boolean =>
  statements.some((statement) => allows(statement, call));

/** @throws Error for an effect or an operator that this does not know */
export function allows({ Effect, Action, Resource = [], Condition = {} }: Statement, call: Call): boolean {
  if (Effect !== "Allow") throw new Error(`the effect ${Effect} is not known here`);
  return (
    [Action].flat().some((pattern) => matches(pattern.toLowerCase(), call.action.toLowerCase())) &&
    [Resource].flat().some((pattern) => matches(pattern, call.resource)) &&
    Object.entries(Condition).every(([operator, wanted]) => {
      if (operator !== "StringEquals") throw new Error(`the operator ${operator} is not known here`);
      return Object.entries(wanted).every(([key, value]) => call.context?.[key] === value);
    })
  );
}

const matches = (pattern: string, text: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  ).test(text);
