import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

// Emulators of AWS that no one here wrote, each in a process of its own on the loopback interface.

const ENGINES = join(import.meta.dirname, "..", "..", "dist", "engines", "bin");

/** Why the deployment tests cannot run on this machine; undefined where they can. */
export const whyNoEngine: string | undefined = existsSync(join(ENGINES, "ministack"))
  ? undefined
  : "the emulators are not installed: bash test/deploy/install.sh needs Python 3.10 or newer";

export const ACCOUNT = "123456789012";
export const REGION = "eu-central-1";

export interface Engine {
  readonly name: "ministack" | "moto";
  readonly port: number;
  /** What an AWS client takes as AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  /** Ends the process by its own pid. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** A folder for its log and its files. */
  readonly directory: string;
  /** Variables of the engine's process, such as a proxy. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts MiniStack, which runs HTTP APIs with their authorizers and Lambda functions on Node. */
export function startMiniStack(options: EngineOptions): Promise<Engine> {
  return start("ministack", options, (port) => ({
    args: [],
    env: {
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      MINISTACK_REGION: REGION,
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      TMPDIR: options.directory,
    },
  }));
}

/** Starts moto's server, which keeps what CloudFormation makes and runs none of it. */
export function startMoto(options: EngineOptions): Promise<Engine> {
  return start("moto", options, (port) => ({ args: ["-H", "127.0.0.1", "-p", String(port)], env: {} }));
}

interface Invocation {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const LONGEST_START_MS = 60_000;

async function start(
  name: Engine["name"],
  { directory, env = {} }: EngineOptions,
  invocation: (port: number) => Invocation,
): Promise<Engine> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const { args, env: own } = invocation(port);
  const child = spawn(join(ENGINES, name === "moto" ? "moto_server" : name), args, {
    cwd: directory,
    env: { PATH: process.env.PATH ?? "", HOME: directory, ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(join(directory, `${name}.log`));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  // An address that names localhost: moto reads the bucket of a template's URL from the host name where it is a number.
  const endpoint = `http://localhost:${port}`;
  const close = () => end(child);
  try {
    await answers(`http://127.0.0.1:${port}/`, child, name);
  } catch (error) {
    await close();
    throw error;
  }
  return { name, port, endpoint, close };
}

async function answers(url: string, child: ChildProcess, name: string): Promise<void> {
  const deadline = Date.now() + LONGEST_START_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended at its start with exit code ${child.exitCode}`);
    try {
      await fetch(url, { signal: AbortSignal.timeout(2_000) });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${name} did not answer within a minute`, { cause: error });
      await new Promise((tick) => setTimeout(tick, 100));
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const forced = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(forced);
}

/** A port of the loopback interface that nobody holds now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
