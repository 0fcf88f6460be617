import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { bundle, bundleFunctions, bundlePage } from "../bin/program.mjs";
import { licenceNotices } from "./package/licence-notices.ts";

// `npm run build [-- FOLDER]`: what the package `gatehouse` has besides its own files, in dist or another folder. docs/decisions/one-package.md says why it
// looks like this.
//   dist/cli   the command line and the console's page, JavaScript with its packages in it
//   dist/cjs   the constructs and the rules as CommonJS, with types, and the functions that the constructs deploy
//   dist       one ESM file an entry, which hands on the CommonJS one: a class exists once, whoever imports it

const PROJECT = join(import.meta.dirname, "..");
const [folder = "dist"] = process.argv.slice(2);
const DIST = resolve(PROJECT, folder);
const CJS = join(DIST, "cjs");
/** What a program imports, and the source that it is made of. */
const ENTRIES = { constructs: "lib/stack/constructs", rules: "lib/verifier/verifier" } as const;

const common = {
  absWorkingDir: PROJECT,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
} as const;

async function build(): Promise<void> {
  for (const part of ["cli", "cjs"]) rmSync(join(DIST, part), { recursive: true, force: true });
  mkdirSync(CJS, { recursive: true });
  const cli = join(DIST, "cli");
  const inputs = [
    ...(await bundle(PROJECT, cli, {})),
    ...(await bundlePage(PROJECT, join(cli, "page"))),
    ...(await bundleFunctions(PROJECT, join(CJS, "lambda"))),
  ];
  buildEntries();
  writeFileSync(join(DIST, "licences.txt"), licenceNotices(PROJECT, inputs));
}

function buildEntries(): void {
  for (const [name, source] of Object.entries(ENTRIES)) {
    buildSync({
      ...common,
      entryPoints: [`${source}.ts`],
      outfile: join(CJS, `${source}.js`),
      packages: "external",
      define: { "import.meta.dirname": "__dirname" },
    });
    for (const ending of ["mjs", "d.mts"])
      writeFileSync(join(DIST, `${name}.${ending}`), `export * from "./cjs/${source}.js";\n`);
  }
  writeFileSync(join(CJS, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  const tsc = join(PROJECT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "--project", "tsconfig.package.json", "--outDir", CJS], {
    cwd: PROJECT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  nameOutputs();
}

/**
 * Keeps the types that an entry leads to. The compiler leaves in them the endings that the sources import by, which only some
 * compilers understand there.
 */
function nameOutputs(): void {
  const reached = new Set<string>();
  const reach = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    const types = readFileSync(file, "utf8").replace(/(["']\.{1,2}\/[^"']+)\.ts(["'])/g, "$1.js$2");
    writeFileSync(file, types);
    for (const [, path = ""] of types.matchAll(/["'](\.{1,2}\/[^"']+)\.js["']/g))
      reach(join(dirname(file), `${path}.d.ts`));
  };
  for (const source of Object.values(ENTRIES)) reach(join(CJS, `${source}.d.ts`));
  for (const name of readdirSync(CJS, { recursive: true, encoding: "utf8" }))
    if (name.endsWith(".d.ts") && !reached.has(join(CJS, name))) rmSync(join(CJS, name));
}

await build();
