// The command line is TypeScript and nothing is built by hand: at the first start after a change esbuild bundles it, with
// the packages it uses, into a folder named by the sources' hash, and every other start loads that. So is the console's page,
// when it is opened for the first time: no start waits for it. Plain JavaScript, since
// it runs before there is a compiler. Why, and what it costs: docs/decisions/bundled-command-line.md.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Bundles that no start has made for so long are taken away; a program that runs may still start threads from its own. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * The folder with the bundled command line, made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json, bin/ and lib/
 */
export async function programFolder(projectDirectory) {
  const { cache, folder, isNew } = await cachedFolder(projectDirectory, "", ["bin", "lib"], bundle);
  if (isNew) removeOld(cache, folder);
  return folder;
}

/**
 * The folder with the console's page: `index.html`, `main.js`, `main.css`, `icon.svg`; made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json and lib/
 */
export async function pageFolder(projectDirectory) {
  return (await cachedFolder(projectDirectory, "page-", ["lib/console"], bundlePage)).folder;
}

/**
 * The folder with the bundled functions that the constructs deploy, such as `authorizer.js`; made where it is not there yet.
 * @param projectDirectory the folder with package-lock.json, lambda/ and lib/
 */
export async function functionsFolder(projectDirectory) {
  return (await cachedFolder(projectDirectory, "functions-", ["lambda", "lib"], bundleFunctionsHere)).folder;
}

/** A folder named by the hash of its sources, and made by `make` where it is not there yet. */
async function cachedFolder(projectDirectory, prefix, sources, make) {
  const cache = join(projectDirectory, "node_modules", ".cache", "gatehouse");
  const folder = join(cache, `${prefix}${hashOf(projectDirectory, sources)}`);
  if (existsSync(folder)) return { cache, folder, isNew: false };
  const place = writable(cache);
  const made = mkdtempSync(join(place, "new-"));
  await make(projectDirectory, made);
  if (place !== cache) return { cache, folder: made, isNew: false };
  // Another start may have been quicker; its bundle is the same.
  if (existsSync(folder)) rmSync(made, { recursive: true });
  else renameSync(made, folder);
  return { cache, folder, isNew: true };
}

/** Of all that the bundle is made of: by content, since a checkout may set any time. */
function hashOf(projectDirectory, folders) {
  const hash = createHash("sha256");
  const sources = folders.flatMap((folder) =>
    readdirSync(join(projectDirectory, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(m?ts|tsx|[cm]js|css|html|svg)$/.test(name))
      .map((name) => join(folder, name)),
  );
  for (const name of [...sources.toSorted((one, other) => (one < other ? -1 : 1)), "package-lock.json"])
    hash.update(`${name}\0`).update(readFileSync(join(projectDirectory, name)));
  return hash.digest("hex").slice(0, 32);
}

/** Where node_modules belongs to somebody else, a folder for this start only, which nobody else can write to. */
function writable(cache) {
  try {
    mkdirSync(cache, { recursive: true });
    return cache;
  } catch {
    const own = mkdtempSync(join(tmpdir(), "gatehouse-program-"));
    process.once("exit", () => rmSync(own, { recursive: true, force: true }));
    return own;
  }
}

/**
 * Bundles the command line. A command is a chunk of its own, loaded when it is called. Programs of their own are what other
 * threads and processes run.
 * @returns the inputs, by which the package's build knows whose licences it has to bring
 */
export async function bundle(projectDirectory, outdir, more = WITH_MAPS) {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    metafile: true,
    ...more,
    absWorkingDir: projectDirectory,
    entryPoints: [
      { in: "bin/gatehouse.ts", out: "gatehouse" },
      { in: "lib/functions/runtime/function-runtime.ts", out: "function-runtime" },
      { in: "lib/session/synthesis-hook.ts", out: "synthesis-hook" },
    ],
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    // Packages as modules where they have both: what is not used of them is left out.
    mainFields: ["module", "main"],
    target: "node20",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    // A third less to read at each start; names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [RECORD_NAMES],
    // A program of its own that finds its binary beside itself.
    external: ["esbuild"],
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: {
      js: 'import { createRequire as newRequire } from "node:module"; const require = newRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
}

/**
 * oidc-provider files its records under the names of its classes, which a bundle may change. esbuild's `keepNames` would keep
 * all names, and name each closure again whenever it is made: a hundredth of what a request costs.
 */
const RECORD_NAMES = {
  name: "record-names",
  setup: ({ esbuild, onLoad }) => {
    onLoad({ filter: /[\\/]oidc-provider[\\/]lib[\\/]models[\\/][^\\/]+\.js$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(readFileSync(path, "utf8"), { keepNames: true, target: "node20" });
      return { contents: code, loader: "js" };
    });
  },
};

/** In a checkout, where the sources are that a map leads to. */
const WITH_MAPS = { sourcemap: "linked", sourcesContent: false };

/** Bundles the console's page: one script and one style sheet, for a browser. @returns the inputs */
export async function bundlePage(projectDirectory, outdir) {
  const { build } = await import("esbuild");
  const page = join(projectDirectory, "lib", "console", "page");
  const { version } = JSON.parse(readFileSync(join(projectDirectory, "package.json"), "utf8"));
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: projectDirectory,
    entryPoints: ["main.tsx", "main.css"].map((name) => ({ in: join(page, name), out: "main" })),
    outdir,
    bundle: true,
    minify: true,
    platform: "browser",
    target: "es2022",
    format: "esm",
    legalComments: "none",
    define: { GATEHOUSE_VERSION: JSON.stringify(version) },
    tsconfig: join(page, "tsconfig.json"),
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"]) copyFileSync(join(page, name), join(outdir, name));
  return Object.keys(metafile.inputs);
}

/**
 * Bundles the functions that the constructs deploy, in CommonJS: the libraries that they use are no dependencies of the app
 * that deploys them. @returns the inputs
 */
export async function bundleFunctions(projectDirectory, outdir) {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: projectDirectory,
    entryPoints: ["authorizer", "issuer-watch"].map((name) => `lambda/${name}.ts`),
    outdir,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
}

/** Below the checkout's own package.json their files would be modules. */
async function bundleFunctionsHere(projectDirectory, outdir) {
  await bundleFunctions(projectDirectory, outdir);
  writeFileSync(join(outdir, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
}

function removeOld(cache, folder) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (path !== folder && Date.now() - statSync(path).mtimeMs > KEPT_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
