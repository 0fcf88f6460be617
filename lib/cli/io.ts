import pc from "picocolors";
import { askPerson } from "./prompt.ts";

/** Gatehouse's own files. A checkout has them bundled when they are first asked for; the package brings them. */
export interface Installation {
  /** The folder with package.json. */
  readonly home: string;
  /** The folder with the console's page. */
  readonly pageFolder: () => Promise<string>;
  /** The folder with the functions that the constructs deploy, bundled: `authorizer.js`. */
  readonly functionsFolder: () => Promise<string>;
}

/** What a command may touch of the world; given in, so that a test can look over its shoulder. */
export interface Io extends Installation {
  /** The result: stdout. */
  out(text: string): void;
  /** The talk around it: stderr. */
  err(text: string): void;
  /** All of stdin. */
  readStdin(): Promise<string>;
  readonly stdinIsTerminal: boolean;
  /** Asks the person a question at the terminal; a secret is not shown while it is typed. Undefined without a terminal. */
  readonly prompt?: ((question: string, isSecret: boolean) => Promise<string>) | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** Milliseconds since 1970 when the process began, for "ready in". */
  readonly startedAtMs: number;
  /** Fires on Ctrl-C. */
  readonly stopped: AbortSignal;
  /** Colours for stdout; plain where it is not a terminal or NO_COLOR is set. */
  readonly paint: Paint;
  /** The width of the terminal behind stdout; undefined where there is none, and then no line is broken. */
  readonly columns: number | undefined;
}

export type Paint = ReturnType<typeof pc.createColors>;

/** How long a line may wait for others. */
const GATHERING_MS = 10;

/** Writes lines that come close together in one go: a request's line would cost as much as the request's answer. */
function gathered(write: (text: string) => void): (text: string) => void {
  let lines = "";
  const flush = () => {
    const text = lines;
    lines = "";
    if (text !== "") write(text);
  };
  process.on("exit", flush);
  return (text) => {
    if (lines === "") setTimeout(flush, GATHERING_MS);
    lines += text.endsWith("\n") ? text : `${text}\n`;
  };
}

const PARENT_CHECK_MS = 500;

/** `npm start & kill $!` ends only npm, which passes no signal on: what it started ends with it. */
function stopWithParent(stop: () => void): void {
  const { ppid } = process;
  const timer = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** The process itself as an `Io`. */
export function processIo(installation: Installation): Io {
  const { stdin, stdout, stderr, env } = process;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  if (env.npm_lifecycle_event !== undefined) stopWithParent(() => stop.abort());
  // A reader that has seen enough (head, less) closes the pipe: no fault of ours.
  for (const stream of [stdout, stderr]) stream.on("error", () => process.exit(0));
  return {
    ...installation,
    out: (text) => void stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    err: gathered((text) => void stderr.write(text)),
    readStdin: async () => {
      let text = "";
      for await (const chunk of stdin.setEncoding("utf8")) text += String(chunk);
      return text;
    },
    stdinIsTerminal: stdin.isTTY,
    prompt:
      stdin.isTTY && stderr.isTTY
        ? (question, isSecret) => askPerson({ stdin, stderr }, question, isSecret, stop)
        : undefined,
    cwd: process.cwd(),
    env,
    nowMs: Date.now,
    startedAtMs: performance.timeOrigin,
    stopped: stop.signal,
    get columns() {
      // Some pseudo-terminals say 0: nobody set their size.
      return stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined;
    },
    paint: stdout.isTTY && !env.NO_COLOR ? pc.createColors(true) : pc.createColors(false),
  };
}
