import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";

// The peer: serverless-offline on osls, the free fork of the Serverless Framework. Installed by npm for the length of a
// run, into a folder of its own, so that nothing of it is among this project's dependencies.

const PACKAGES = ["osls@4.3.1", "serverless-offline@14.8.2"];

export interface PeerInstallation {
  readonly directory: string;
  /** Writes a service, and answers its folder and the command that serves it. */
  service(name: string, definition: PeerService): PeerCommand;
  remove(): void;
}

export interface PeerCommand {
  readonly directory: string;
  readonly command: (port: number) => readonly string[];
}

/** What stands in its serverless.yml, and the files beside it. */
export interface PeerService {
  readonly httpApi: object;
  readonly functions: Readonly<Record<string, object>>;
  readonly files: Readonly<Record<string, string>>;
}

export function installPeer(): PeerInstallation {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-peer-"));
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  execFileSync("npm", ["install", ...options, ...PACKAGES], { cwd: directory, stdio: ["ignore", 2, 2] });
  return {
    directory,
    service: (name, definition) => serviceIn(directory, name, definition),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function serviceIn(installation: string, name: string, { httpApi, functions, files }: PeerService): PeerCommand {
  const directory = join(installation, name);
  mkdirSync(directory, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), content);
  const service = {
    service: name,
    plugins: ["serverless-offline"],
    provider: { name: "aws", runtime: "nodejs20.x", region: "eu-central-1", httpApi },
    functions,
  };
  writeFileSync(join(directory, "serverless.yml"), stringify(service));
  const program = join(installation, "node_modules", "osls", "bin", "serverless.js");
  return {
    directory,
    command: (port) => [
      program,
      "offline",
      "start",
      "--host=127.0.0.1",
      `--httpPort=${port}`,
      // A second server, for calls by the AWS SDK; nobody makes any. It must be another port.
      `--lambdaPort=${port > 40_000 ? port - 20_000 : port + 20_000}`,
      // Without it, version 14 on osls 4 ends at start where there is a JWT authorizer; with it, no signature is checked.
      "--ignoreJWTSignature",
    ],
  };
}
