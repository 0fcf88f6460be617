import type { ServerResponse } from "node:http";
import type { ConsoleEvent, RequestRow } from "./wire.ts";

/** Rows that come close together go out as one event. */
const GATHERING_MS = 100;
/** A line that says nothing, so that a page notices a connection that died. */
const HEARTBEAT_MS = 15_000;
const MOST_PAGES = 16;
/** What waits for a page that reads too slowly; beyond it rows are left out, and counted. */
const MOST_WAITING_BYTES = 1_048_576;
const MOST_ROWS_AT_ONCE = 2_000;

interface Page {
  readonly response: ServerResponse;
  missed: number;
}

/** The pages that are open, and the events they get. Costs nothing while there are none. */
export class EventStream {
  readonly #pages = new Set<Page>();
  #rows: RequestRow[] = [];
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  get isWatched(): boolean {
    return this.#pages.size > 0;
  }

  /** Opens the stream of one page with what it has to know first. @returns false where too many are open */
  open(response: ServerResponse, first: readonly ConsoleEvent[]): boolean {
    if (this.#pages.size >= MOST_PAGES) return false;
    // The new page has these rows in what comes first.
    this.#flush();
    const page = { response, missed: 0 };
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of first) write(page, event);
    this.#pages.add(page);
    response.on("close", () => {
      this.#pages.delete(page);
      if (this.#pages.size === 0) this.#stopHeartbeat();
    });
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    return true;
  }

  row(row: RequestRow): void {
    if (this.#rows.length < MOST_ROWS_AT_ONCE) this.#rows.push(row);
    else this.#skipped += 1;
    this.#timer ??= setTimeout(() => this.#flush(), GATHERING_MS).unref();
  }

  tell(event: ConsoleEvent): void {
    this.#flush();
    for (const page of this.#pages) write(page, event);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stopHeartbeat();
    for (const { response } of this.#pages) response.destroy();
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#rows;
    const skipped = this.#skipped;
    this.#rows = [];
    this.#skipped = 0;
    if (rows.length === 0) return;
    for (const page of this.#pages) {
      page.missed += skipped;
      if (page.response.writableLength > MOST_WAITING_BYTES) page.missed += rows.length;
      else {
        if (page.missed > 0) write(page, { kind: "missed", count: page.missed });
        page.missed = 0;
        write(page, { kind: "requests", rows });
      }
    }
  }

  #beat() {
    for (const { response } of this.#pages) response.write(":\n\n");
  }

  #stopHeartbeat() {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}

const write = ({ response }: Page, event: ConsoleEvent) => response.write(`data: ${JSON.stringify(event)}\n\n`);
