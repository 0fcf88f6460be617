import { readFileSync } from "node:fs";
import { isAllowedInDevelopment, isAllowedInProduct } from "./package/allowed-licences.ts";

// `npm run licences`: each package of the lock file with its version and licence, those that the package depends on first.
// Exits with 1 where a package has a licence that is not allowed, or none.

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

// Of what the bundles take in, licence-notices.ts asks more.
const isAllowed = (license: string, use: string) =>
  use === "development" ? isAllowedInDevelopment(license) : isAllowedInProduct(license);
const others = rows.filter(({ license, use }) => !isAllowed(license, use));

for (const { name, version, license, use } of rows) process.stdout.write(`${use}  ${license}  ${name}@${version}\n`);
for (const { name, license } of others)
  process.stderr.write(`${name}: ${license} is not in the list of allowed licences\n`);
process.stdout.write(`${rows.length} packages, ${others.length} with a licence that is not allowed\n`);
process.exitCode = others.length === 0 ? 0 : 1;
