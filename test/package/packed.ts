import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** What `npm pack` said. */
export interface Packed {
  /** The tarball, full path. */
  readonly tarball: string;
  readonly packedKb: number;
  readonly unpackedKb: number;
  readonly files: readonly string[];
}

/** A fifth more than it is: what makes the package larger than this has to say why. */
export const MOST_PACKED_KB = 970;

/** What belongs into the package. */
const WANTED =
  /^(package\.json|README\.md|LICENSE|bin\/gatehouse\.mjs|dist\/cli\/([\w.-]+\.mjs|page\/[\w.]+)|dist\/cjs\/(package\.json|lambda\/[\w-]+\.js|lib\/.+\.(js|d\.ts))|dist\/\w+\.(mjs|d\.mts)|dist\/licences\.txt|lib\/aws\/facts\.json|lib\/conformance\/cases\/[\w-]+\.json)$/;

/** Packs the package, which is built, into a folder. */
export function pack(project: string, folder: string): Packed {
  // Without its scripts: npm would build again, and mix their output into its own.
  const said = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename, size, unpackedSize, files }] = JSON.parse(said) as [NpmPack];
  return {
    tarball: join(folder, filename),
    packedKb: Math.round(size / 1_000),
    unpackedKb: Math.round(unpackedSize / 1_000),
    files: files.map(({ path }) => path),
  };
}

interface NpmPack {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** What is in the package and does not belong there. */
export const strangersIn = ({ files }: Pick<Packed, "files">): readonly string[] =>
  files.filter((path) => !WANTED.test(path));
