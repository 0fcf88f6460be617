import { spawn } from "node:child_process";
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
  /** Goes on for so long, however many reloads that makes. @default - until they are done */
  readonly minutes?: number;
  /** Also sends bad tokens, keeps 200 slow clients, and kills a function's process after every tenth reload. @default false */
  readonly isHostile?: boolean;
  /** Called after each reload. */
  readonly onReload?: (done: number) => void;
}

export interface SoakResult {
  readonly requests: number;
  readonly reloads: number;
  /** What was wrong with an answer, or why there was none. */
  readonly lost: readonly string[];
  /** Bad tokens that got their 401. */
  readonly refused: number;
  /** Processes of functions that were killed. Each may take the one request that it was answering with it: a 500, as in AWS. */
  readonly killed: number;
  /** Answers that were such a 500. */
  readonly failed: number;
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
/** Every so many reloads a function's process is killed. */
const KILL_EVERY = 10;
const SLOW_CLIENTS = 200;
/** A person saves no more often than that for ten minutes. */
const HOSTILE_PAUSE_MS = 250;
const MINUTE_MS = 60_000;
/** Every so many requests a bad token goes first. */
const BAD_EVERY = 5;
const PAUSE_MS = 3;
const PATIENCE_MS = 30_000;
/** For what takes as long as it takes. */
const UNBOUNDED_MS = Number.POSITIVE_INFINITY;
const MOST_SAID_CHARACTERS = 4_000;

export async function soak(plan: SoakPlan): Promise<SoakResult> {
  const { requests, reloads, clients, restSeconds, minutes = 0, isHostile = false, onReload } = plan;
  const project = copyProject();
  const editor = new Editor(project.directory);
  const running = await startGatehouse(project.directory, []);
  const startedAt = performance.now();
  const samples: Sample[] = [];
  let all: readonly Promise<void>[] = [];
  let isOver = false;
  let killed = 0;
  const bad = isHostile ? await Promise.all(FLAWS.map((flaw) => running.token({ flaw }))) : [];
  const asking = new Clients(running, editor, await running.token(), bad);
  const before = sampleOf(running.pid);
  const slow = isHostile ? startSlowClients(running.apiUrl) : undefined;
  const isDue = () => samples.length < reloads || performance.now() - startedAt < minutes * MINUTE_MS;
  try {
    all = Array.from({ length: clients }, () => asking.run(() => !isOver));
    await asking.follow();
    for (let done = 1; isDue(); done += 1) {
      editor.save(done % STACK_EVERY === 0);
      await asking.until(() => asking.seen === editor.version);
      samples.push(sampleOf(running.pid));
      if (isHostile) await sleep(HOSTILE_PAUSE_MS);
      if (isHostile && done % KILL_EVERY === 0 && killFunction(running.pid)) killed += 1;
      onReload?.(done);
    }
    // They ask until the last save is answered, or nobody would see it.
    await asking.until(() => asking.count >= requests, UNBOUNDED_MS);
    isOver = true;
    await Promise.all(all);
    const seconds = (performance.now() - startedAt) / 1_000;
    slow?.kill("SIGKILL");
    const atRest = { before, after: await rested(running.pid, before, restSeconds) };
    const { count, lost, refused, failed } = asking;
    return { requests: count, reloads: samples.length, lost, refused, killed, failed, samples, atRest, seconds };
  } finally {
    isOver = true;
    slow?.kill("SIGKILL");
    await Promise.all(all);
    await running.stop();
    project.remove();
  }
}

const FLAWS = ["expired", "wrong-audience", "wrong-key", "alg-none", "tampered", "opaque"];

const startSlowClients = (apiUrl: string) =>
  spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      join(import.meta.dirname, "slow-sockets.ts"),
      new URL(apiUrl).port,
      String(SLOW_CLIENTS),
      "GET",
      "/health",
    ],
    { stdio: "ignore" },
  );

/** Kills one of the processes in which functions run. @returns false where none runs now */
function killFunction(pid: number): boolean {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((child) => child !== "");
  const running = children.find((child) => commandOf(child).includes("function-runtime"));
  if (running === undefined) return false;
  process.kill(Number(running), "SIGKILL");
  return true;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
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
  refused = 0;
  failed = 0;
  readonly #bad: readonly string[];
  readonly #running: GatehouseProcess;
  readonly #editor: Editor;
  readonly #headers: Record<string, string>;

  constructor(running: GatehouseProcess, editor: Editor, token: string, bad: readonly string[]) {
    this.#running = running;
    this.#bad = bad;
    this.#editor = editor;
    this.#headers = { authorization: `Bearer ${token}` };
  }

  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await this.#ask();
      await sleep(PAUSE_MS);
    }
  }

  async until(isDone: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    while (!isDone()) {
      if (performance.now() > giveUpAt)
        throw new Error(
          `version ${this.#editor.version} never came: ${this.#running.said.err.slice(-MOST_SAID_CHARACTERS)}`,
        );
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

  /** What the gateway said of the latest answer of that status. */
  #why(status: number): string {
    const line = this.#running.said.err.split("\n").findLast((one) => one.includes(` ${status} `));
    return line === undefined ? "" : `: ${line}`;
  }

  /** A bad token gets its 401, whatever else happens. */
  async #askBadly() {
    const token = this.#bad[this.count % this.#bad.length];
    const response = await fetch(`${this.#running.apiUrl}/me`, { headers: { authorization: `Bearer ${token}` } });
    await response.text();
    if (response.status === 401) this.refused += 1;
    else this.lost.push(`${response.status} to a bad token`);
  }

  /** A version that somebody saw before this request began is the oldest that it may be answered with. */
  async #ask() {
    const oldest = this.seen;
    this.count += 1;
    try {
      if (this.#bad.length > 0 && this.count % BAD_EVERY === 0) await this.#askBadly();
      const response = await fetch(`${this.#running.apiUrl}/me`, { headers: this.#headers });
      const text = await response.text();
      if (this.#bad.length > 0 && response.status === 500) {
        this.failed += 1;
        return;
      }
      const { version = -1 } = response.status === 200 ? (JSON.parse(text) as { version?: number }) : {};
      if (version < Math.max(oldest, 0) || version > this.#editor.version)
        this.lost.push(`${response.status} ${text.slice(0, 120)} after version ${oldest}${this.#why(response.status)}`);
      this.seen = Math.max(this.seen, version);
    } catch (error) {
      this.lost.push(String(error instanceof Error ? (error.cause ?? error) : error));
    }
  }
}

/** A function's process has four pipes; the clients' connections close a little later than that. */
const FEW_FILES = 8;

async function rested(pid: number, before: Sample, seconds: number): Promise<Sample> {
  const isBusy = ({ threads, files }: Sample) => threads > before.threads || files > before.files + FEW_FILES;
  for (let left = seconds * 4; left > 0 && isBusy(sampleOf(pid)); left -= 1) await sleep(250);
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
