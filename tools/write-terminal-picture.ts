import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { terminalPicture } from "./terminal/picture.ts";

// `npm run docs:terminal` writes docs/terminal.svg, the terminal of README.md: a request that was refused, and why. It runs
// what stands in it, in a terminal of `script` (util-linux). Only ports are made the same in each picture.

const COLUMNS = 100;
const WAIT_MS = 60_000;
const gatehouse = `${JSON.stringify(process.execPath)} ${JSON.stringify(join(process.cwd(), "bin", "gatehouse.mjs"))}`;
// `npm run` starts it in the project's folder. Notes of its own: another session may run.
const notes = mkdtempSync(join(tmpdir(), "gatehouse-terminal-"));
const env = { ...process.env, XDG_RUNTIME_DIR: notes, NO_COLOR: "", npm_lifecycle_event: "" };

/** What a person types; `npx gatehouse` is this checkout's. */
const typedBy = (apiUrl: string): readonly string[] => [
  "TOKEN=$(npx gatehouse token --flaw wrong-audience)",
  `curl -H "Authorization: Bearer $TOKEN" ${apiUrl}/orders`,
  'echo "$TOKEN" | npx gatehouse explain -',
];

/** Stands between what the lines showed. */
const NEXT = "-- next --";

/** Runs the lines in one terminal. @returns what each showed */
async function shownBy(lines: readonly string[]): Promise<readonly string[]> {
  const quiet = lines.map((line) => line.replaceAll("npx gatehouse", gatehouse).replace("curl ", "curl -s "));
  const script = [`stty cols ${COLUMNS}`, ...quiet].join(`\necho; echo '${NEXT}'\n`);
  // What `explain` refuses, it says with exit code 1.
  const { stdout } = await promisify(execFile)("script", ["-qfc", script, "/dev/null"], { env, timeout: WAIT_MS });
  const [, ...shown] = stdout.replaceAll("\r\n", "\n").split(`${NEXT}\n`);
  return shown.map((text) => text.trim());
}

async function main(): Promise<void> {
  const options = ["--port", "0", "--json", "--no-console", "--no-watch"];
  const local = spawn(process.execPath, ["bin/gatehouse.mjs", "local", ...options], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const ready = once(local.stdout.setEncoding("utf8"), "data", { signal: AbortSignal.timeout(WAIT_MS) });
    const { apiUrl, issuerUrl } = JSON.parse(String(await ready)) as { apiUrl: string; issuerUrl: string };
    const lines = typedBy(apiUrl);
    const shown = await shownBy(lines);
    const text = lines
      .flatMap((line, index) => [
        `\u001b[2m$\u001b[22m \u001b[1m${line}\u001b[22m`,
        ...(shown[index] ? [shown[index], ""] : []),
      ])
      .join("\n")
      .replaceAll(apiUrl, "http://127.0.0.1:3000")
      .replaceAll(new URL(issuerUrl).host, "127.0.0.1:9443");
    writeFileSync("docs/terminal.svg", terminalPicture(text.trimEnd(), TITLE, COLUMNS));
  } finally {
    local.kill("SIGINT");
    await once(local, "exit");
    rmSync(notes, { recursive: true, force: true });
  }
}

const TITLE =
  "A terminal: the API answers Unauthorized; gatehouse explain names the rule that refused, the cause and the remedy";

await main();
