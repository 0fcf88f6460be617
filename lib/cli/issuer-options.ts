import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { PROFILE_NAMES, profileOf } from "../issuer/profiles.ts";
import type { StandIn } from "../session/issuers.ts";
import { readGivenFile } from "./given-file.ts";
import type { Io } from "./io.ts";
import { parsePort } from "./options.ts";

/** How `local` sets up the embedded issuer. */
export interface IssuerOptions {
  /** Undefined where none was given. */
  readonly issuerPort?: number;
  readonly issuerProfile?: string;
  readonly issuerFile?: string;
  readonly issuerData?: string;
  readonly localIssuer?: boolean;
}

/** The port of WSO2 itself. */
const LOCAL_ISSUER_PORT = 9_443;

export const addIssuerOptions = (command: Command): Command =>
  command
    .option(
      "--issuer-port <number>",
      "set the embedded issuer's port; 0 takes any free one (default: 0; with --local-issuer 9443)",
      parsePort,
    )
    .addOption(
      new Option("--issuer-profile <version>", "answer as this version of WSO2 (default: 7.1)").choices(PROFILE_NAMES),
    )
    .option("--issuer-file <file>", "take the embedded issuer's users and applications from this JSON file")
    .option("--issuer-data <dir>", "keep the embedded issuer's key, secrets and sessions in this folder")
    .addOption(
      new Option(
        "--local-issuer",
        "put http://localhost:9443 in the place of the template's issuer, for browsers and SDKs that check it",
      ).conflicts("realIssuer"),
    );

/** The port of the first embedded issuer. 0 for any. */
export const issuerPortOf = ({ issuerPort, localIssuer }: IssuerOptions): number =>
  issuerPort ?? (localIssuer ? LOCAL_ISSUER_PORT : 0);

/** @throws Mistake `issuer-file-missing`, `issuer-file-wrong` */
export async function standInOf(wanted: IssuerOptions, io: Io): Promise<StandIn> {
  const { issuerProfile, issuerFile, issuerData, localIssuer = false } = wanted;
  const common = {
    isLocal: localIssuer,
    profile: issuerProfile === undefined ? undefined : profileOf(issuerProfile),
    dataFolder: issuerData === undefined ? undefined : resolve(io.cwd, issuerData),
  };
  if (issuerFile === undefined) return common;
  const content = readGivenFile(resolve(io.cwd, issuerFile), "issuer-file-missing", {
    what: "the file of the embedded issuer cannot be read",
    expected: "a JSON file with users and applications",
    fix: "correct --issuer-file, or leave it out for made-up users",
  });
  // Loaded for a file only: its schema takes longer to load than the issuer.
  const { readIssuerFile } = await import("../issuer/issuer-file.ts");
  return { ...common, ...readIssuerFile(content, issuerFile) };
}
