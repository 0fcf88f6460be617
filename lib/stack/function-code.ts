import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildSync } from "esbuild";

/** What goes into one function's folder. */
export interface FunctionCodeProps {
  /** The folder with package.json and lambda/. */
  readonly projectDirectory: string;
  /** The file that exports `handler`, from the project's folder on: TypeScript, or bundled JavaScript in the package. */
  readonly entry: string;
  /** Files that are put beside the bundle: the name there, and where they are now. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Puts the source map into the asset, for `NODE_OPTIONS=--enable-source-maps`. @default false */
  readonly withSourceMap?: boolean | undefined;
}

/**
 * A function's code: one file, bundled by esbuild in this process. `NodejsFunction` starts esbuild through `npx`, which
 * takes half of a synthesis (docs/decisions/bundle-in-process.md). The hash is that of what is deployed.
 */
export function functionCode({ projectDirectory, entry, beside = {}, withSourceMap = false }: FunctionCodeProps): Code {
  const source = join(projectDirectory, entry);
  const file = existsSync(source) ? source : source.replace(/\.ts$/, ".js");
  return Code.fromAsset(dirname(file), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the bundling below is always there.
      image: DockerImage.fromRegistry("none"),
      // Never run: the CDK takes two assets of one folder for the same where these options are the same.
      command: [file, ...Object.entries(beside).flat(), ...(withSourceMap ? ["--sourcemap"] : [])],
      local: {
        tryBundle: (directory) => {
          bundle({ file, projectDirectory, directory, withSourceMap });
          for (const [name, from] of Object.entries(beside)) copyFileSync(from, join(directory, name));
          return true;
        },
      },
    },
  });
}

/**
 * For Node 20, so that the very same file runs on a laptop. Nothing is left out: what runs is what was bundled. The source map
 * is kept beside the asset, as `source-maps/<SHA-256 of the bundle>.map`, and in it only where that is asked for.
 */
function bundle({ file, projectDirectory, directory, withSourceMap }: Bundle) {
  const outfile = join(directory, "index.js");
  buildSync({
    entryPoints: [file],
    absWorkingDir: projectDirectory,
    outfile,
    bundle: true,
    minify: true,
    sourcemap: withSourceMap ? "linked" : "external",
    sourcesContent: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "warning",
  });
  const made = `${outfile}.map`;
  const map = JSON.parse(readFileSync(made, "utf8")) as SourceMap;
  const folder = join(dirname(directory), "source-maps");
  mkdirSync(folder, { recursive: true });
  const name = `${createHash("sha256").update(readFileSync(outfile)).digest("hex")}.map`;
  writeFileSync(join(folder, name), JSON.stringify({ ...map, sources: sourcesFrom(map, directory, projectDirectory) }));
  // Traces in the cloud name a source by its place in the project: nobody has it there.
  const { sources } = map;
  if (!withSourceMap) rmSync(made);
  else
    writeFileSync(
      made,
      JSON.stringify({ ...map, sources: sources.map((one) => inProject(one, directory, projectDirectory)) }),
    );
}

interface Bundle {
  readonly file: string;
  readonly projectDirectory: string;
  /** Of the asset. */
  readonly directory: string;
  readonly withSourceMap: boolean;
}

interface SourceMap {
  readonly sources: readonly string[];
}

/** Such as `lambda/business.ts`; a package by its name, wherever it is installed. */
const inProject = (source: string, directory: string, projectDirectory: string) =>
  relative(projectDirectory, join(directory, source))
    .split(sep)
    .join("/")
    .replace(/^.*?(?=node_modules\/)/, "");

/** From the folder of the source maps, which lies as deep as the asset does. */
const sourcesFrom = ({ sources }: SourceMap, directory: string, projectDirectory: string) => {
  const project = relative(directory, projectDirectory).split(sep).join("/");
  return sources.map((one) => `${project}/${inProject(one, directory, projectDirectory)}`);
};
