import type { Theme } from "../lib/conformance/case.ts";
import type { Row, TableResult } from "../lib/conformance/run-table.ts";
import { aligned } from "./report.ts";

interface Columns {
  readonly ours: TableResult;
  readonly peer: TableResult;
}

/** Both columns by theme, what weighs most in the peer's, and what it was not asked. */
export function peersReport(themes: readonly Theme[], { ours, peer }: Columns): readonly string[] {
  return [
    titled("By theme", [
      [
        "",
        "Gatehouse: same",
        "differs",
        "our choice",
        "not asked",
        "serverless-offline: same",
        "status differs",
        "the rest differs",
        "only unknown differs",
        "not asked",
      ],
      ...themes.map(({ name }) => rowOf(name, ours.rows.filter(isOf(name)), peer.rows.filter(isOf(name)))),
      rowOf("all", ours.rows, peer.rows),
    ]),
    titled("Where serverless-offline's status differs from what is known of API Gateway", [
      ["", "cases"],
      ["a 2xx where API Gateway refuses", howMany(peer.rows, letsIn)],
      ["a refusal where API Gateway answers 2xx", howMany(peer.rows, keepsOut)],
      ["another refusal, or no answer", howMany(peer.rows, refusesOtherwise)],
    ]),
    titled("Not asked of serverless-offline", [["", "cases"], ...reasonsOf(peer.rows)]),
  ];
}

const isOf = (name: string) => (row: Row) => row.theme === name;

function rowOf(name: string, ours: readonly Row[], peer: readonly Row[]): readonly string[] {
  return [
    name,
    ...(["same", "differs", "choice", "unseen"] as const).map((verdict) => howMany(ours, is(verdict))),
    howMany(peer, is("same")),
    howMany(peer, hasOtherStatus),
    howMany(peer, (row) => row.verdict === "differs" && !hasOtherStatus(row)),
    howMany(peer, is("choice")),
    howMany(peer, is("unseen")),
  ];
}

const howMany = (rows: readonly Row[], fits: (row: Row) => boolean) => String(rows.filter(fits).length);
const is = (verdict: Row["verdict"]) => (row: Row) => row.verdict === verdict;

const hasOtherStatus = ({ verdict, outcome, row }: Row) =>
  verdict === "differs" && outcome.kind === "differs" && outcome.status !== row.expect.status;

const isGood = (status: number) => status >= 200 && status < 300;
const statusIn = ({ outcome }: Row) => (outcome.kind === "differs" ? outcome.status : Number.NaN);
const letsIn = (row: Row) => hasOtherStatus(row) && isGood(statusIn(row)) && row.row.expect.status >= 400;
const keepsOut = (row: Row) => hasOtherStatus(row) && !isGood(statusIn(row)) && isGood(row.row.expect.status);
const refusesOtherwise = (row: Row) => hasOtherStatus(row) && !letsIn(row) && !keepsOut(row);

function reasonsOf(rows: readonly Row[]): readonly (readonly string[])[] {
  const found = new Map<string, number>();
  for (const { outcome } of rows)
    if (outcome.kind === "unseen") found.set(outcome.why, (found.get(outcome.why) ?? 0) + 1);
  return [...found].toSorted(([, one], [, other]) => other - one).map(([why, count]) => [why, String(count)]);
}

const titled = (title: string, rows: readonly (readonly string[])[]) =>
  [`### ${title}`, "", ...aligned(rows)].join("\n");
