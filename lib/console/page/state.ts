import type { ConsoleEvent, Overview, RequestRow } from "../wire.ts";
import { Store } from "./store.ts";

/** A row of the list, and of which start of the gateway it is. */
export interface Row extends RequestRow {
  readonly boot: string;
  /** What the filter searches, in lower case. */
  readonly text: string;
}

export const overview = new Store<Overview | undefined>(undefined);

/** Newest last. The page keeps so many, and draws those in sight. */
const MOST_ROWS = 10_000;

export const requests = new Store<{ readonly rows: readonly Row[]; readonly missed: number }>({ rows: [], missed: 0 });

/** Takes in what the server tells. After a reconnection it tells some rows again. */
export function takeEvent(event: ConsoleEvent): void {
  switch (event.kind) {
    case "overview":
      return overview.set(event.overview);
    case "missed":
      return requests.update({ missed: requests.value.missed + event.count });
    case "requests":
      return takeRows(event.rows);
  }
}

function takeRows(told: readonly RequestRow[]) {
  const boot = overview.value?.boot ?? "";
  const { rows } = requests.value;
  const newest = rows.findLast((row) => row.boot === boot)?.seq ?? 0;
  const fresh = told.filter(({ seq }) => seq > newest).map((row): Row => ({ ...row, boot, text: textOf(row) }));
  if (fresh.length > 0) requests.update({ rows: [...rows, ...fresh].slice(-MOST_ROWS) });
}

const textOf = ({ method, path, status, routeKey, rule, client }: RequestRow) =>
  `${method} ${path} ${status} ${routeKey ?? ""} ${rule ?? ""} ${client}`.toLowerCase();

export const clearRequests = (): void => requests.set({ rows: [], missed: 0 });

/** What the list shows. */
export interface Listing {
  readonly filter: string;
  readonly only: "all" | "refused" | "errors";
  /** The rows as they were when it was paused. */
  readonly paused: readonly Row[] | undefined;
}

export const listing = new Store<Listing>({ filter: "", only: "all", paused: undefined });

export function togglePause(): void {
  listing.update({ paused: listing.value.paused ? undefined : requests.value.rows });
}

/** What the token inspector looks at: a text, or the token of a request. */
export interface Inspected {
  readonly text: string;
  readonly seq: number | undefined;
  readonly api: number;
  readonly routeKey: string | null;
}

export const inspected = new Store<Inspected>({ text: "", seq: undefined, api: 0, routeKey: null });

/** What the next request is made of. */
export interface Draft {
  readonly api: number;
  readonly method: string;
  readonly path: string;
  readonly routeKey: string | null;
  readonly credential: "good" | "flawed" | "pasted" | "none";
  readonly flaw: string;
  /** Undefined for every scope of the issuer. */
  readonly scopes: readonly string[] | undefined;
  readonly claims: string;
  readonly ttlSeconds: number;
  readonly pasted: string;
  readonly headers: string;
  readonly body: string;
}

export const draft = new Store<Draft>({
  api: 0,
  method: "GET",
  path: "/",
  routeKey: null,
  credential: "good",
  flaw: "expired",
  scopes: undefined,
  claims: "",
  ttlSeconds: 3_600,
  pasted: "",
  headers: "",
  body: "",
});

/** Prepares a request to a route. */
export function draftRoute(api: number, routeKey: string): void {
  const [method = "GET", path = "/"] = routeKey === "$default" ? ["GET", "/"] : routeKey.split(" ");
  draft.update({
    api,
    routeKey,
    method: method === "ANY" ? "GET" : method,
    path: path.replace(/\{[^}]+\}/g, "1"),
  });
}
