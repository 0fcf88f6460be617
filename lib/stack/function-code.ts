import { copyFileSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
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
}

/**
 * A function's code: one file, bundled by esbuild in this process. `NodejsFunction` starts esbuild through `npx`, which
 * takes half of a synthesis (docs/decisions/bundle-in-process.md). The hash is that of what is deployed.
 */
export function functionCode({ projectDirectory, entry, beside = {} }: FunctionCodeProps): Code {
  const source = join(projectDirectory, entry);
  const file = existsSync(source) ? source : source.replace(/\.ts$/, ".js");
  return Code.fromAsset(dirname(file), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the bundling below is always there.
      image: DockerImage.fromRegistry("none"),
      // Never run: the CDK takes two assets of one folder for the same where these options are the same.
      command: [file, ...Object.entries(beside).flat()],
      local: {
        tryBundle: (directory) => {
          bundle(file, projectDirectory, join(directory, "index.js"));
          for (const [name, from] of Object.entries(beside)) copyFileSync(from, join(directory, name));
          return true;
        },
      },
    },
  });
}

/** For Node 20, so that the very same file runs on a laptop. Nothing is left out: what runs is what was bundled. */
function bundle(entry: string, projectDirectory: string, outfile: string) {
  buildSync({
    entryPoints: [entry],
    absWorkingDir: projectDirectory,
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "warning",
  });
}
