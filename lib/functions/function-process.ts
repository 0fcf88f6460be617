import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { programFile } from "./program-file.ts";
import { encodeFrame, type Frame, FrameReader } from "./runtime/frames.ts";
import type { RuntimeInit } from "./runtime/function-runtime.ts";

export interface FunctionProcessOptions {
  readonly init: RuntimeInit;
  /** All of its environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onFrame: (frame: Frame) => void;
  /** Takes what is written past JavaScript: by Node itself, a native library or a process of the function's own. */
  readonly onText: (text: string) => void;
  /** Called once, when the process is gone and everything it said has been read. */
  readonly onEnd: (end: ProcessEnd) => void;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it did not start, or was ended for what it said. */
  readonly fault: string | undefined;
}

/** The process of a function. It dies with this one. */
export interface FunctionProcess {
  send(frame: Parameters<typeof encodeFrame>[0]): void;
  /** Ends it at once, with all processes of its own. */
  kill(): void;
}

/** A process cannot start in less. */
const LEAST_HEAP_MB = 16;
/** Where new objects live: they are collected more often, so that each process takes a few megabytes less. */
const SEMI_SPACE_MB = 2;
/** How long what a dead process said may take to arrive: a process of its own may hold its pipes. */
const DRAINING_MS = 500;

const running = new Set<ChildProcess>();

process.once("exit", () => running.forEach(killGroup));

/** Starts the process of a function, with nothing of this process's environment and no open file of it. */
export function startFunctionProcess({
  init,
  variables,
  onFrame,
  onText,
  onEnd,
}: FunctionProcessOptions): FunctionProcess {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${Math.max(LEAST_HEAP_MB, init.memoryMb)}`,
      `--max-semi-space-size=${SEMI_SPACE_MB}`,
      programFile("lib/functions/runtime/function-runtime.ts"),
    ],
    {
      cwd: folderOf(init),
      env: variables,
      // Out of the terminal's group: Ctrl-C is for the gateway, which lets requests finish.
      detached: true,
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    },
  );
  const [, stdout, stderr, toChild, fromChild] = child.stdio as unknown as [
    null,
    Readable,
    Readable,
    Writable,
    Readable,
  ];
  running.add(child);
  let fault: string | undefined;
  let end: ProcessEnd | undefined;
  let draining: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const finish = () => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(draining);
    for (const stream of [stdout, stderr, toChild, fromChild]) stream.destroy();
    onEnd({ exitCode: end?.exitCode ?? null, signal: end?.signal ?? null, fault });
  };
  const kill = () => {
    if (running.has(child)) killGroup(child);
  };
  const reader = new FrameReader();
  fromChild.on("data", (chunk: Buffer) => {
    const frames = reader.read(chunk);
    for (const frame of frames ?? []) if (!hasEnded) onFrame(frame);
    if (frames) return;
    fault = "the function wrote into the runtime's own pipe";
    fromChild.removeAllListeners("data");
    fromChild.resume();
    kill();
  });
  for (const stream of [stdout, stderr]) stream.setEncoding("utf8").on("data", onText);
  // A process that is gone cannot be written to; its end says the rest.
  for (const stream of [stdout, stderr, toChild, fromChild]) stream.on("error", () => undefined);
  child.once("error", (error) => {
    fault = error.message;
    running.delete(child);
    finish();
  });
  child.once("exit", (exitCode, signal) => {
    running.delete(child);
    end = { exitCode, signal, fault };
    killGroup(child);
    draining = setTimeout(finish, DRAINING_MS);
  });
  child.once("close", finish);
  for (const one of [child, ...[stdout, stderr, toChild, fromChild].map((stream) => stream as unknown as Unref)])
    one.unref();
  const send: FunctionProcess["send"] = (frame) => void (toChild.writable && toChild.write(encodeFrame(frame)));
  send({ kind: "init", text: JSON.stringify(init) });
  return { send, kill };
}

interface Unref {
  unref(): void;
}

/** The function's own folder, as in Lambda. */
const folderOf = ({ code }: RuntimeInit) =>
  "directory" in code && statSync(code.directory, { throwIfNoEntry: false })?.isDirectory() ? code.directory : tmpdir();

function killGroup(child: ChildProcess) {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
