import { readFileSync } from "node:fs";

// `npm run licences`: each package of the lock file with its version and licence, those that the command line needs first.
// Exits with 1 where a package has a licence that is not in the list below, or none.

/** Licences that allow use, change and distribution without conditions on the code that uses them. */
const ALLOWED = new Set(["Apache-2.0", "MIT", "MIT-0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0"]);

/** Besides, in tools that only development uses and that nothing here changes or passes on. */
const ALLOWED_IN_DEVELOPMENT = new Set(["MPL-2.0"]);

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  packages: Readonly<Record<string, LockedPackage>>;
};

const rows = Object.entries(packages)
  .filter(([path]) => path !== "")
  .map(([path, { version, license = "none", dev = false }]) => ({
    name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
    version,
    license,
    use: dev ? "development" : "run time",
  }))
  .toSorted((one, other) => other.use.localeCompare(one.use) || one.name.localeCompare(other.name));

const isAllowed = (license: string, use: string) =>
  license
    .split(" OR ")
    .map((one) => one.replace(/[()]/g, ""))
    .some((one) => ALLOWED.has(one) || (use === "development" && ALLOWED_IN_DEVELOPMENT.has(one)));
const others = rows.filter(({ license, use }) => !isAllowed(license, use));

for (const { name, version, license, use } of rows) process.stdout.write(`${use}  ${license}  ${name}@${version}\n`);
for (const { name, license } of others)
  process.stderr.write(`${name}: ${license} is not in the list of allowed licences\n`);
process.stdout.write(`${rows.length} packages, ${others.length} with a licence that is not allowed\n`);
process.exitCode = others.length === 0 ? 0 : 1;
