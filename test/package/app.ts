import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** An app outside the project, as a user has it. */
export class App {
  readonly directory: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param runtimeDirectory for notes of what runs, apart from those of the machine's user */
  constructor(directory: string, runtimeDirectory: string) {
    this.directory = directory;
    this.#env = { ...process.env, XDG_RUNTIME_DIR: runtimeDirectory };
    mkdirSync(directory, { recursive: true });
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.directory, name, ".."), { recursive: true });
    writeFileSync(join(this.directory, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), "utf8");
  }

  /** Runs a program to its end. @returns stdout. @throws where it fails, with what it said on stderr */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program, args, { cwd: this.directory, env: this.#env });
    return stdout;
  }

  async install(...args: readonly string[]): Promise<void> {
    const options = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    await this.run("npm", "install", ...options, ...args);
  }

  gatehouse(...args: readonly string[]): Promise<string> {
    return this.run(join(this.directory, "node_modules", ".bin", "gatehouse"), ...args);
  }

  /** Has `gatehouse local` run while something is done with its address, and ends it. */
  async whileLocal<T>(args: readonly string[], use: (apiUrl: string) => Promise<T>): Promise<T> {
    const bin = join(this.directory, "node_modules", ".bin", "gatehouse");
    const local = spawn(bin, ["local", "--port", "0", "--json", "--no-console", ...args], {
      cwd: this.directory,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    local.stderr.on("data", (chunk: Buffer) => void (said += chunk.toString()));
    const ended = new Promise<void>((done) => void local.once("close", () => done()));
    try {
      const line = await Promise.race([
        new Promise<string>((ready) => void createInterface(local.stdout).once("line", ready)),
        ended.then(() => {
          throw new Error(`gatehouse local ended: ${said}`);
        }),
      ]);
      const { apiUrl } = JSON.parse(line) as { readonly apiUrl?: string };
      if (apiUrl === undefined) throw new Error(`gatehouse local did not start: ${line}`);
      return await use(apiUrl);
    } finally {
      local.kill();
      await ended;
    }
  }
}
