import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { copyProject } from "../test/project-copy.ts";
import { type GatehouseProcess, startGatehouse } from "./gatehouse-process.ts";

// Clients ask without pause while a person saves and saves: each answer has to be right, and nothing may pile up.

export interface SoakPlan {
  /** At least so many. */
  readonly requests: number;
  readonly reloads: number;
  /** How many clients ask at once. */
  readonly clients: number;
  /** How long to wait at the end for the process to come to rest: an environment that nobody needs ends after ten seconds or more. */
  readonly restSeconds: number;
  /** Told after each reload. */
  readonly onReload?: (done: number) => void;
}

export interface SoakResult {
  readonly requests: number;
  readonly reloads: number;
  /** What was wrong with an answer, or why there was none. */
  readonly lost: readonly string[];
  /** Of the process, after each reload. */
  readonly samples: readonly Sample[];
  /** Before anybody asked, and when nobody asks any more. */
  readonly atRest: { readonly before: Sample; readonly after: Sample };
  readonly seconds: number;
}

/** Linux tells these of a process; elsewhere they are 0. */
export interface Sample {
  readonly rssMb: number;
  readonly files: number;
  readonly threads: number;
}

/** Every so many reloads it is the stack that changes. */
const STACK_EVERY = 20;
const PAUSE_MS = 3;
const PATIENCE_MS = 30_000;

export async function soak({ requests, reloads, clients, restSeconds, onReload }: SoakPlan): Promise<SoakResult> {
  const project = copyProject();
  const editor = new Editor(project.directory);
  const running = await startGatehouse(project.directory, []);
  const startedAt = performance.now();
  const samples: Sample[] = [];
  let all: readonly Promise<void>[] = [];
  let isOver = false;
  const asking = new Clients(running, editor, await running.token());
  const before = sampleOf(running.pid);
  try {
    all = Array.from({ length: clients }, () =>
      asking.run(() => !isOver && (samples.length < reloads || asking.count < requests)),
    );
    await asking.follow();
    for (let done = 1; done <= reloads; done += 1) {
      editor.save(done % STACK_EVERY === 0);
      await asking.until(() => asking.seen === editor.version);
      samples.push(sampleOf(running.pid));
      onReload?.(done);
    }
    await Promise.all(all);
    const seconds = (performance.now() - startedAt) / 1_000;
    const atRest = { before, after: await rested(running.pid, before, restSeconds) };
    return { requests: asking.count, reloads, lost: asking.lost, samples, atRest, seconds };
  } finally {
    isOver = true;
    await Promise.all(all);
    await running.stop();
    project.remove();
  }
}

interface Settings {
  readonly context: { readonly environments: { readonly dev: Record<string, unknown> } };
}

/** Saves versions: `GET /me` answers the version of the code and, as its route's only scope, that of the stack. */
class Editor {
  version = 0;
  readonly #business: string;
  readonly #settings: string;
  readonly #source: string;
  readonly #context: Settings;

  constructor(directory: string) {
    this.#business = join(directory, "lambda", "business.ts");
    this.#settings = join(directory, "cdk.json");
    this.#source = readFileSync(this.#business, "utf8");
    this.#context = JSON.parse(readFileSync(this.#settings, "utf8")) as Settings;
    this.#saveStack();
    this.#saveCode();
  }

  /** The code is saved first: the stack's synthesis takes it along. */
  save(isStack: boolean): void {
    this.version += 1;
    this.#saveCode();
    if (isStack) this.#saveStack();
  }

  #saveCode() {
    writeFileSync(
      this.#business,
      this.#source.replace("json(200, { caller,", `json(200, { version: ${this.version}, caller,`),
    );
  }

  #saveStack() {
    const { dev } = this.#context.context.environments;
    const routes = (dev.routes as { path: string }[]).filter(({ path }) => !path.startsWith("/version"));
    const route = { method: "GET", path: `/version${this.version}`, public: true };
    const throttle = { rateLimit: 10_000, burstLimit: 5_000 };
    Object.assign(dev, { throttle, routes: [...routes, route] });
    writeFileSync(this.#settings, JSON.stringify(this.#context, null, 2));
  }
}

class Clients {
  count = 0;
  /** The newest version that was answered. */
  seen = -1;
  readonly lost: string[] = [];
  readonly #running: GatehouseProcess;
  readonly #editor: Editor;
  readonly #headers: Record<string, string>;

  constructor(running: GatehouseProcess, editor: Editor, token: string) {
    this.#running = running;
    this.#editor = editor;
    this.#headers = { authorization: `Bearer ${token}` };
  }

  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await this.#ask();
      await sleep(PAUSE_MS);
    }
  }

  async until(isDone: () => boolean): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!isDone()) {
      if (performance.now() > giveUpAt)
        throw new Error(`version ${this.#editor.version} never came: ${this.#running.said.err}`);
      await sleep(PAUSE_MS);
    }
  }

  /** Saves until a save is noticed: the watch begins a moment after the start. */
  async follow(): Promise<void> {
    while (this.seen < 1) {
      this.#editor.save(false);
      await sleep(200);
      await this.#ask();
    }
    await this.until(() => this.seen === this.#editor.version);
  }

  /** A version that somebody saw before this request began is the oldest that it may be answered with. */
  async #ask() {
    const oldest = this.seen;
    this.count += 1;
    try {
      const response = await fetch(`${this.#running.apiUrl}/me`, { headers: this.#headers });
      const text = await response.text();
      const { version = -1 } = response.status === 200 ? (JSON.parse(text) as { version?: number }) : {};
      if (version < Math.max(oldest, 0) || version > this.#editor.version)
        this.lost.push(`${response.status} ${text.slice(0, 120)} after version ${oldest}`);
      this.seen = Math.max(this.seen, version);
    } catch (error) {
      this.lost.push(String(error instanceof Error ? (error.cause ?? error) : error));
    }
  }
}

async function rested(pid: number, before: Sample, seconds: number): Promise<Sample> {
  for (let left = seconds * 4; left > 0 && sampleOf(pid).threads > before.threads; left -= 1) await sleep(250);
  return sampleOf(pid);
}

function sampleOf(pid: number): Sample {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const numberOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    return {
      rssMb: numberOf("VmRSS") / 1_024,
      files: readdirSync(`/proc/${pid}/fd`).length,
      threads: numberOf("Threads"),
    };
  } catch {
    return { rssMb: 0, files: 0, threads: 0 };
  }
}
