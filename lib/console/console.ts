import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { RequestRecord } from "../gateway/request-record.ts";
import type { Json } from "../json/json.ts";
import { BadCall, type ConsoleServerOptions, type Handler, startConsoleServer } from "./console-server.ts";
import { EventStream } from "./event-stream.ts";
import { expectationOfRequest } from "./expectation.ts";
import { inspect } from "./inspection.ts";
import { issuerDocumentsOf } from "./issuer-documents.ts";
import { readInspectOrder, readIssuer, readMintRequest, readRequestId, readSendOrder, readSeq } from "./orders.ts";
import { overviewOf } from "./overview.ts";
import { type Entry, RequestJournal } from "./request-journal.ts";
import { detailOf, rowOf, tokenOfRecord } from "./request-view.ts";
import { sendRequest } from "./sending.ts";
import type { ConsoleSession, RunningApi, RunningIssuer } from "./session.ts";
import type { DoctorView, Overview, Sent } from "./wire.ts";

export interface ConsoleOptions extends Pick<ConsoleServerOptions, "port" | "isPortOptional" | "key" | "loadPage"> {
  readonly session: ConsoleSession;
  readonly nowMs: () => number;
}

/** The web page of one session. */
export interface Console {
  /** With the key in its fragment, which no browser sends to a server. */
  readonly url: string;
  readonly port: number;
  /** Notes an answered request, and tells the pages that are open. */
  note(record: RequestRecord): void;
  /** Tells the pages that are open what runs now. */
  refresh(): void;
  close(): Promise<void>;
}

/** Starts the console. @throws Mistake `port-taken` */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const desk = new Desk(options);
  const server = await startConsoleServer({ ...options, handlers: desk.handlers });
  return {
    url: `http://127.0.0.1:${server.port}/#key=${options.key}`,
    port: server.port,
    note: (record) => desk.note(record),
    refresh: () => desk.refresh(),
    close: () => {
      desk.close();
      return server.close();
    },
  };
}

/** The console's calls, each a line of `handlers`. */
class Desk {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly #session: ConsoleSession;
  readonly #nowMs: () => number;
  readonly #boot = randomBytes(6).toString("hex");
  readonly #journal = new RequestJournal();
  readonly #stream = new EventStream();

  constructor({ session, nowMs }: ConsoleOptions) {
    this.#session = session;
    this.#nowMs = nowMs;
    this.handlers = new Map<string, Handler>([
      ["GET /api/events", async (_, response) => this.#open(response)],
      ["POST /api/request", async (order) => this.#detail(order)],
      ["POST /api/request/find", async (order) => this.#found(order)],
      ["POST /api/request/token", async (order) => ({ token: tokenOfRecord(this.#entry(order).record) ?? null })],
      ["POST /api/inspect", async (order) => this.#inspect(order)],
      ["POST /api/mint", async (order) => this.#mint(order)],
      ["POST /api/send", async (order) => this.#send(order)],
      ["POST /api/issuer", async (order) => issuerDocumentsOf(session, this.#issuer(order).issuer, nowMs)],
      ["POST /api/doctor", async (order) => this.#doctor(order)],
    ]);
  }

  note(record: RequestRecord): void {
    const { isWatched } = this.#stream;
    const entry = this.#journal.note(record, isWatched);
    if (isWatched) this.#stream.row(this.#rowOf(entry));
  }

  refresh(): void {
    if (this.#stream.isWatched) this.#stream.tell({ kind: "overview", overview: this.#overview() });
  }

  close(): void {
    this.#stream.close();
  }

  #overview = (): Overview => overviewOf(this.#session, this.#boot);

  #open(response: ServerResponse): undefined {
    const rows = this.#journal.after(0).map((entry) => this.#rowOf(entry));
    const isOpen = this.#stream.open(response, [
      { kind: "overview", overview: this.#overview() },
      { kind: "requests", rows },
    ]);
    if (!isOpen) throw new BadCall(409, "too many pages of this console are open: close one");
  }

  #detail(order: Json) {
    const entry = this.#entry(order);
    return detailOf(this.#session, entry, this.#apiIndex(entry));
  }

  /** By the request id that the client got, for `gatehouse explain`. */
  #found(order: Json) {
    const entry = this.#journal.find(readRequestId(order));
    if (!entry) throw new BadCall(404, "the gateway keeps no request with this id");
    return detailOf(this.#session, entry, this.#apiIndex(entry));
  }

  #inspect(order: Json) {
    const { token, seq, api, routeKey } = readInspectOrder(order);
    const credential = seq === undefined ? token : tokenOfRecord(this.#entry({ seq }).record);
    return inspect(this.#session, this.#api(api), routeKey, credential, this.#nowMs());
  }

  async #mint(order: Json) {
    const { issuer, embedded } = this.#issuer(order);
    if (!embedded) throw new BadCall(409, `only ${issuer} itself makes its tokens: npx gatehouse token --real-issuer`);
    return { token: await embedded.mint(readMintRequest(order)) };
  }

  async #send(order: Json): Promise<Sent> {
    const wanted = readSendOrder(order);
    const running = this.#api(wanted.api);
    const expectation = await expectationOfRequest(this.#session, running, wanted, this.#nowMs());
    const { requestId, ...received } = await sendRequest(running, wanted).catch((error: Error) => {
      throw new BadCall(409, `the API did not answer: ${error.message}`);
    });
    const seq = requestId === undefined ? undefined : this.#journal.find(requestId)?.seq;
    return { ...received, seq: seq ?? null, expectation };
  }

  async #doctor(order: Json): Promise<DoctorView> {
    const { issuer, audience } = this.#issuer(order);
    const { results, usable, reached } = await this.#session.runDoctor(issuer, audience);
    return { usable, reached, findings: results };
  }

  #entry(order: Json): Entry {
    const entry = this.#journal.get(readSeq(order));
    if (entry) return entry;
    throw new BadCall(404, "this request is older than those that the gateway keeps");
  }

  #api(index: number): RunningApi {
    const running = this.#session.apis()[index];
    if (running) return running;
    throw new BadCall(404, "this API does not run any more");
  }

  #issuer(order: Json): RunningIssuer {
    const wanted = readIssuer(order);
    const running = this.#session.issuers().find(({ issuer }) => issuer === wanted);
    if (running) return running;
    throw new BadCall(404, "no API that runs names this issuer");
  }

  #rowOf = (entry: Entry) => rowOf(entry, this.#apiIndex(entry));

  #apiIndex({ record: { api } }: Entry): number {
    const isSame = (one: RunningApi) => one.api.stack === api.stack && one.api.logicalId === api.logicalId;
    return Math.max(0, this.#session.apis().findIndex(isSame));
  }
}
