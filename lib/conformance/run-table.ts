import { CONFIDENCES, type Confidence } from "../aws/confidence.ts";
import { type ConformanceCase, type Theme } from "./case.ts";
import { type Outcome, runCase, type Subject } from "./run-case.ts";
import type { Signer } from "./token-recipe.ts";

/**
 * What a case came to. `differs`: in something that is known of AWS; `choice`: only in what is not known of AWS, where
 * the expectation is our own; `unseen`: it was not asked.
 */
export type Verdict = "same" | "differs" | "choice" | "unseen";

export interface Row {
  readonly theme: string;
  readonly row: ConformanceCase;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
}

export type Counts = Readonly<Record<Verdict, number>>;

export interface TableResult {
  readonly rows: readonly Row[];
  readonly byTheme: ReadonlyMap<string, Counts>;
  readonly byConfidence: ReadonlyMap<Confidence, Counts>;
  readonly total: Counts;
}

export interface TableOptions {
  readonly themes: readonly Theme[];
  readonly signer: Signer;
  readonly nowSeconds: () => number;
  /** @default - all */
  readonly only?: readonly Confidence[] | undefined;
  readonly onTheme?: (name: string) => void;
}

/** Asks a subject the whole table, one case after the other. */
export async function runTable(subject: Subject, options: TableOptions): Promise<TableResult> {
  const { themes, signer, nowSeconds, only = CONFIDENCES, onTheme } = options;
  const rows: Row[] = [];
  for (const { name, cases } of themes) {
    onTheme?.(name);
    for (const row of cases) {
      if (!only.includes(row.confidence)) continue;
      const outcome = await runCase(row, subject, signer, nowSeconds());
      rows.push({ theme: name, row, outcome, verdict: verdictOf(outcome) });
    }
  }
  return {
    rows,
    byTheme: new Map(themes.map(({ name }) => [name, count(rows.filter(({ theme }) => theme === name))])),
    byConfidence: new Map(only.map((one) => [one, count(rows.filter(({ row }) => row.confidence === one))])),
    total: count(rows),
  };
}

function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind !== "differs") return outcome.kind;
  return outcome.differences.some(({ confidence }) => confidence !== "UNK") ? "differs" : "choice";
}

function count(rows: readonly Row[]): Counts {
  const counts: Record<Verdict, number> = { same: 0, differs: 0, choice: 0, unseen: 0 };
  for (const { verdict } of rows) counts[verdict] += 1;
  return counts;
}
