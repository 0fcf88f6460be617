import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

// npm run build:constructs [-- FOLDER]: the constructs as a package that another CDK app installs, and its tarball.
// CommonJS, which a TypeScript app of either kind can import; the functions are bundled, so that the package needs nothing
// of this project.

const PROJECT = join(import.meta.dirname, "..");
const FUNCTIONS = ["authorizer", "issuer-watch"];

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

function build(folder: string): string {
  const own = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as Manifest;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const common = {
    absWorkingDir: PROJECT,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "warning",
  } as const;
  buildSync({
    ...common,
    entryPoints: ["lib/stack/constructs.ts"],
    outfile: join(folder, "lib", "stack", "constructs.js"),
    packages: "external",
    target: "node20",
    define: { "import.meta.dirname": "__dirname" },
  });
  buildSync({
    ...common,
    entryPoints: FUNCTIONS.map((name) => `lambda/${name}.ts`),
    outdir: join(folder, "lambda"),
    target: "node20",
  });
  run("tsc", "--project", "tsconfig.constructs.json", "--outDir", folder);
  // Its links lead to pages that are not in the package.
  const page = readFileSync(join(PROJECT, "docs", "constructs.md"), "utf8");
  writeFileSync(
    join(folder, "README.md"),
    page.replace(/\[[^\]]+\]\((\w[\w-]*\.md)(#[\w-]+)?\)/g, "docs/$1 of Gatehouse"),
  );
  copyFileSync(join(PROJECT, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifestOf(own), null, 2)}\n`);
  const [packed] = JSON.parse(run("npm", "pack", folder, "--json", "--pack-destination", folder)) as [
    { readonly filename: string },
  ];
  return join(folder, packed.filename);
}

const manifestOf = ({ version, license, engines, dependencies }: Manifest) => ({
  name: "gatehouse-constructs",
  version,
  // It is handed on as a tarball; nobody publishes it by accident.
  private: true,
  description: "CDK constructs: an HTTP API whose routes are guarded by a JWT authorizer that trusts WSO2",
  license,
  engines,
  type: "commonjs",
  exports: { ".": { types: "./lib/stack/constructs.d.ts", default: "./lib/stack/constructs.js" } },
  main: "./lib/stack/constructs.js",
  types: "./lib/stack/constructs.d.ts",
  files: ["lib", "lambda"],
  // The app's own CDK, or a construct would be none to it.
  peerDependencies: { "aws-cdk-lib": `^${dependencies["aws-cdk-lib"]}`, constructs: `^${dependencies.constructs}` },
  dependencies: { esbuild: dependencies.esbuild },
});

const run = (command: string, ...args: readonly string[]) =>
  execFileSync("npx", ["--no-install", command, ...args], {
    cwd: PROJECT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });

const [folder = join("dist", "constructs")] = process.argv.slice(2);
process.stdout.write(`${build(resolve(PROJECT, folder))}\n`);
