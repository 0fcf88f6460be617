import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";

/** Puts figures into `bench/README.md`, between the marks of their part; all else there is text for people. */
export function writeFigures(
  projectDirectory: string,
  part:
    | "decisions"
    | "issuers"
    | "start"
    | "gateway"
    | "peers"
    | "reload"
    | "console"
    | "soak"
    | "hostile-soak"
    | "swaps",
  figures: string,
): void {
  const file = join(projectDirectory, "bench", "README.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [`<!-- ${part}: written by the bench -->`, `<!-- end of ${part} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no place for ${part}`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n\n${figures}\n\n${text.slice(to)}`);
}

/** On what the figures were seen. */
export const machine = (): string =>
  `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${cpus().length} cores, ${process.platform} ${process.arch}, ${new Date().toISOString().slice(0, 10)}; other programs ran on the machine.`;

/** Called before a measurement, it says how busy others kept the machine. */
export const busyness = (): string =>
  `Programs that wanted to run when it began: ${loadavg()[0]?.toFixed(1)}, on ${cpus().length} cores.`;
