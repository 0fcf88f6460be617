import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { type Started, Terminal } from "../../cli/run-cli.ts";

/** A line that `gatehouse local --json` wrote about a change. */
export interface Told {
  readonly event: "reloaded" | "unchanged" | "reload-failed";
  readonly changed: readonly string[];
  readonly functions: readonly string[];
  readonly routes: Readonly<Record<"added" | "removed" | "changed", readonly string[]>>;
  readonly other: readonly string[];
  readonly code: string;
  readonly got: string;
  readonly fix: string;
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** `gatehouse local` in this process, with what it tells of changes. */
export interface RunningLocal {
  readonly started: Started;
  readonly apiUrl: string;
  readonly issuerUrl: string | null;
  /** Since the last call. */
  news(): readonly Told[];
  /** Waits until something of this kind is told; answers it. */
  told(event: Told["event"]): Promise<Told>;
  /** Status and body. */
  ask(path: string, credential?: string): Promise<string>;
  /** Waits until a path is answered so. */
  answers(path: string, pattern: RegExp, credential?: string): Promise<void>;
  token(...argv: readonly string[]): Promise<string>;
}

/** Below the throttle of the environment dev. */
const WITHIN = { timeout: 30_000, interval: 40 };

export async function startLocal(cwd: string, ...argv: readonly string[]): Promise<RunningLocal> {
  const terminal = new Terminal();
  const started = terminal.start(["local", "--port", "0", "--json", ...argv], { cwd });
  const [line] = await started.saidUntil(/^\{.*\}$/m);
  const { apiUrl, issuerUrl } = JSON.parse(line) as { apiUrl: string; issuerUrl: string | null };
  let read = 1;
  const lines = () => started.said.out.trim().split("\n");
  const ask = async (path: string, credential?: string) => {
    const headers = credential === undefined ? {} : { authorization: credential };
    const response = await fetch(`${apiUrl}${path}`, { headers });
    return `${response.status} ${await response.text()}`;
  };
  const running: RunningLocal = {
    started,
    apiUrl,
    issuerUrl,
    news: () => {
      const news = lines().slice(read);
      read += news.length;
      return news.map((one) => JSON.parse(one) as Told);
    },
    told: async (event) => {
      const found: Told[] = [];
      await expect
        .poll(() => {
          found.push(...running.news());
          return found.map((one) => one.event);
        }, WITHIN)
        .toContain(event);
      return found.find((one) => one.event === event) as Told;
    },
    ask,
    answers: async (path, pattern, credential) => {
      await expect.poll(() => ask(path, credential), WITHIN).toMatch(pattern);
    },
    token: async (...more) => (await terminal.run(["token", ...more])).out.trim(),
  };
  return running;
}

/** Saves a file with one text of it replaced. */
export function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(from);
  writeFileSync(file, text.replace(from, to));
}

/** Saves it as careful editors do: a new file that takes the place of the old one. */
export function editByRename(file: string, from: string | RegExp, to: string): void {
  writeFileSync(`${file}.new`, readFileSync(file, "utf8").replace(from, to));
  renameSync(`${file}.new`, file);
}
