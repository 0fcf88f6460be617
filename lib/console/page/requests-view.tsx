import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { connection } from "./connection.ts";
import { Icon } from "./icons.tsx";
import { Choice, Empty, Status } from "./pieces.tsx";
import { RequestDetailView } from "./request-detail.tsx";
import { go, place } from "./route.ts";
import { clearRequests, listing, overview, type Row, requests, togglePause } from "./state.ts";
import { useStore } from "./store.ts";
import { clock, millis } from "./times.ts";

/** One line of the list, in pixels; the style sheet has the same. */
const ROW_PX = 36;
const SPARE_ROWS = 8;

export function RequestsView(): JSX.Element {
  const { rows, missed } = useStore(requests);
  const { filter, only, paused } = useStore(listing);
  const { rest } = useStore(place);
  const shown = useMemo(() => newestFirst(paused ?? rows, filter, only), [paused, rows, filter, only]);
  const [boot = "", seq = ""] = rest.split("-");
  const selected = rest === "" ? undefined : rows.find((row) => String(row.seq) === seq && row.boot === boot);
  const waiting = paused ? rows.length - paused.length : 0;
  return (
    <div class={rest === "" ? "requests" : "requests with-detail"}>
      <section class="list-pane" aria-label="Requests">
        <div class="toolbar">
          <input
            id="filter"
            type="search"
            placeholder="Filter: path, 401, rule, client"
            aria-label="Filter requests"
            value={filter}
            onInput={({ currentTarget }) => listing.update({ filter: currentTarget.value })}
          />
          <Choice
            label="Which requests"
            value={only}
            options={[
              ["all", "All"],
              ["refused", "Refused"],
              ["errors", "Errors"],
            ]}
            choose={(value) => listing.update({ only: value })}
          />
          <span class="spacer" />
          <button type="button" aria-pressed={paused !== undefined} onClick={togglePause} title="p">
            <Icon name={paused ? "play" : "pause"} /> {paused ? "Resume" : "Pause"}
          </button>
          <button type="button" onClick={clearRequests} disabled={rows.length === 0}>
            Clear
          </button>
        </div>
        <div class="row-heads muted">
          <span class="count" role="status">
            {countText(shown.length, rows.length, waiting, missed)}
          </span>
          <span class="why">Refused by</span>
          <span class="route">Route</span>
          <span class="client">Client</span>
          <span class="ms">Time</span>
          <span class="time">At</span>
        </div>
        {shown.length === 0 ? <NoRequests isFiltered={rows.length > 0} /> : <RowList rows={shown} selected={rest} />}
      </section>
      {rest === "" ? null : (
        <section class="detail-pane" aria-label="One request">
          <RequestDetailView key={rest} boot={boot} seq={Number(seq)} row={selected} />
        </section>
      )}
    </div>
  );
}

function newestFirst(rows: readonly Row[], filter: string, only: string): readonly Row[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const fits = ({ text, rule, status }: Row) =>
    (only === "all" || (only === "refused" ? rule !== null || status === 401 || status === 403 : status >= 500)) &&
    words.every((word) => text.includes(word));
  return rows.filter(fits).toReversed();
}

function countText(shown: number, all: number, waiting: number, missed: number): string {
  return [
    shown === all ? `${count(all)} requests` : `${count(shown)} of ${count(all)}`,
    ...(waiting > 0 ? [`${count(waiting)} new`] : []),
    ...(missed > 0 ? [`${count(missed)} not shown`] : []),
  ].join(", ");
}

const count = (number: number) => number.toLocaleString("en");

/** Only the rows in sight are drawn. */
function RowList({ rows, selected }: { readonly rows: readonly Row[]; readonly selected: string }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const hasSeveralApis = (overview.value?.apis.length ?? 0) > 1;
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const at = rows.findIndex((row) => idOf(row) === selected);
  const move = (step: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    if (next) go("requests", idOf(next));
  };
  useEffect(() => {
    const element = list.current;
    if (!element || at < 0) return;
    const offset = at * ROW_PX;
    if (offset < element.scrollTop) element.scrollTop = offset;
    else if (offset + ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = offset + ROW_PX - element.clientHeight;
  }, [selected]);
  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE_ROWS);
  const drawn = rows.slice(first, first + Math.ceil(height / ROW_PX) + 2 * SPARE_ROWS);
  return (
    <div
      id="request-list"
      class="rows"
      role="listbox"
      aria-label="Requests, newest first"
      tabIndex={0}
      ref={list}
      {...(at < 0 ? {} : { "aria-activedescendant": `row-${selected}` })}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
      onKeyDown={(event) => {
        const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10, Home: -1e6, End: 1e6 }[
          event.key
        ];
        if (step === undefined && event.key !== "Enter") return;
        event.preventDefault();
        move(step ?? 0);
      }}
    >
      <div class="rows-height" role="presentation" style={{ height: `${rows.length * ROW_PX}px` }}>
        {drawn.map((row, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
          <div
            key={idOf(row)}
            id={`row-${idOf(row)}`}
            class="row"
            role="option"
            tabIndex={-1}
            aria-selected={idOf(row) === selected}
            aria-posinset={first + index + 1}
            aria-setsize={rows.length}
            style={{ transform: `translateY(${(first + index) * ROW_PX}px)` }}
            onClick={() => go("requests", idOf(row))}
          >
            <Status of={row.status} />
            <span class="method">{row.method}</span>
            <span class="path" title={row.path}>
              {row.path}
            </span>
            {row.rule === null ? <span class="why" /> : <span class="why rule-name">{row.rule}</span>}
            <span class="route muted">
              {hasSeveralApis ? `${overview.value?.apis[row.api]?.name ?? ""}: ` : ""}
              {row.routeKey ?? "no route"}
            </span>
            <span class="client muted" title={row.client}>
              {row.client}
            </span>
            <span class="ms">{millis(row.ms)}</span>
            <span class="time muted">{clock(row.atMs)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** A start of the gateway and a number within it: a row's name in the address. */
const idOf = ({ boot, seq }: Pick<Row, "boot" | "seq">): string => `${boot}-${seq}`;

function NoRequests({ isFiltered }: { readonly isFiltered: boolean }): JSX.Element {
  const apis = useStore(overview)?.apis ?? [];
  const state = useStore(connection);
  if (isFiltered)
    return (
      <Empty title="No request fits the filter">
        <button type="button" onClick={() => listing.update({ filter: "", only: "all" })}>
          Show all requests
        </button>
      </Empty>
    );
  const [api] = apis;
  const route = api?.routes.find(({ key, guard }) => guard === "jwt" && key.startsWith("GET ") && !key.includes("{"));
  return (
    <Empty title={state === "live" ? "No request yet" : "Not connected yet"}>
      <p>Each request to the API appears here as it is answered. Send one:</p>
      <pre class="code">
        {`curl -i -H "Authorization: Bearer $(npx gatehouse token)" \\\n  ${api?.url ?? ""}${route?.key.slice(4) ?? "/"}`}
      </pre>
      <button type="button" class="primary" onClick={() => go("send")}>
        Send one from here
      </button>
    </Empty>
  );
}
