/** What AWS refuses of the names of a resource's tags: `aws:` is AWS's own (9.8, DOC), IAM knows no case (9.9, OBS+). */
export interface TagProblem {
  readonly code: "tag-reserved" | "tag-case";
  readonly got: string;
}

export function tagProblems(names: readonly string[]): readonly TagProblem[] {
  const seen = new Map<string, string>();
  return names.flatMap((name): readonly TagProblem[] => {
    const lower = name.toLowerCase();
    const before = seen.get(lower);
    seen.set(lower, before ?? name);
    return [
      ...(lower.startsWith("aws:") ? [{ code: "tag-reserved", got: name } as const] : []),
      ...(before === undefined ? [] : [{ code: "tag-case", got: `${before} and ${name}` } as const]),
    ];
  });
}
