import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAllowedInProduct } from "./allowed-licences.ts";

/**
 * The licences of the packages whose code is in a bundle, each with its text, as they ask for.
 * @param inputs of the bundles, from the project's folder on
 * @throws Error where a package has no licence that is allowed
 */
export function licenceNotices(projectDirectory: string, inputs: readonly string[]): string {
  const names = new Set(inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
  const notices = [...names].toSorted().map((name) => {
    const folder = join(projectDirectory, "node_modules", name);
    const { version, license = "none" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly version: string;
      readonly license?: string;
    };
    if (!isAllowedInProduct(license)) throw new Error(`${name} is in the bundle, and its licence is ${license}`);
    return `${name} ${version} (${license})\n\n${textOf(folder)}`;
  });
  return `The programs in this package contain code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function textOf(folder: string): string {
  const name = readdirSync(folder).find((one) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(one));
  if (name === undefined) return "The package brings no text of its licence.\n";
  const notice = join(folder, "NOTICE");
  return `${readFileSync(join(folder, name), "utf8").trim()}\n${existsSync(notice) ? `\n${readFileSync(notice, "utf8").trim()}\n` : ""}`;
}
