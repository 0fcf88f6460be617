import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** A folder with the command's first file, and what else it is to find. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bin-"));
  mkdirSync(join(folder, "bin"));
  for (const name of ["package.json", "bin/gatehouse.mjs"]) cpSync(join(ROOT, name), join(folder, name));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Starts the command, as a Node of another version would where one is given. */
function start(folder: string, args: readonly string[], version?: string) {
  const file = pathToFileURL(join(folder, "bin", "gatehouse.mjs")).href;
  const pretend =
    version === undefined ? "" : `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
  return spawnSync(process.execPath, ["--eval", `${pretend}import(${JSON.stringify(file)})`, "gatehouse", ...args], {
    encoding: "utf8",
  });
}

const PACKAGE = {
  "dist/cli/gatehouse.mjs":
    "export const run = async (own) => console.log(own.home, await own.pageFolder(), await own.functionsFolder());",
};

describe("npx gatehouse", () => {
  test.each(["18.20.8", "20.18.3"])("names the Node that is needed on Node %s, before it loads anything", (version) => {
    const { status, stdout, stderr } = start(folderWith({}), [], version);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("mistake node-too-old");
    expect(stderr).toContain(`got       Node ${version}\n  expected  Node >=20.19`);
  });

  test.each(["20.19.0", "22.1.0"])("starts on Node %s", (version) => {
    expect(start(folderWith(PACKAGE), [], version)).toMatchObject({ status: 0 });
  });

  test("runs what the package brings, with the package's folder, its page and its functions", () => {
    const folder = folderWith(PACKAGE);
    expect(start(folder, []).stdout).toBe(
      `${folder} ${join(folder, "dist", "cli", "page")} ${join(folder, "dist", "cjs", "lambda")}\n`,
    );
  });

  test("says 'npm ci' in a checkout without its packages", () => {
    const { status, stderr } = start(folderWith({ "bin/program.mjs": "" }), []);
    expect(status).toBe(1);
    expect(stderr).toContain("mistake packages-missing");
    expect(stderr).toContain("fix       npm ci");
  });

  test("says which file is missing of a package that was not built, as JSON with --json", () => {
    const { status, stdout, stderr } = start(folderWith({}), ["--json"]);
    expect([status, stderr]).toEqual([1, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ mistake: { code: "package-incomplete" } });
  });
});
