import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";
const LSOF_PATIENCE_MS = 1_000;

/**
 * The program that listens on a TCP port of this machine, such as `node (pid 4711)`: from /proc on Linux, by lsof elsewhere.
 * Undefined where the system does not say, as of another user's. Only its name: a command line may hold a secret.
 */
export function portHolder(port: number): string | undefined {
  try {
    return process.platform === "linux" ? holderInProc(port) : holderByLsof(port);
  } catch {
    return undefined;
  }
}

function holderInProc(port: number): string | undefined {
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listenersIn(file, port)));
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    if (inodes.size > 0 && holdsOne(pid, inodes))
      return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
  return undefined;
}

/** The inodes of listening sockets; proc(5) has the columns. */
function listenersIn(file: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return linesOf(file).flatMap((line) => {
    const [, address = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTENING && address.endsWith(suffix) && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

function holdsOne(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    // Another user's process, or one that ended meanwhile.
    return false;
  }
}

function holderByLsof(port: number): string | undefined {
  const said = execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], {
    encoding: "utf8",
    timeout: LSOF_PATIENCE_MS,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [, pid, name] = /^p(\d+)\nc(.+)$/m.exec(said) ?? [];
  return pid === undefined ? undefined : `${name} (pid ${pid})`;
}
