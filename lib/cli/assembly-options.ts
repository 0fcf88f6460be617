import { resolve } from "node:path";
import type { Command } from "commander";
import type { ReadAssemblyOptions } from "../assembly/read-assembly.ts";
import { readKnownValues } from "../config/known-values.ts";
import type { Io } from "./io.ts";
import { parseParameter } from "./options.ts";

/** What every command takes that reads an assembly. */
export interface AssemblyOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly values?: string;
  readonly assumePermissions?: boolean;
  readonly invoke?: Readonly<Record<string, string>>;
}

/** Adds the options that say what a template does not. */
export const addAssemblyOptions = (command: Command): Command =>
  command
    .option(
      "--parameters <name=value>",
      "set a parameter of the template, as 'cdk deploy' does (repeatable)",
      parseParameter,
      {},
    )
    .option(
      "--values <file>",
      "read what only a deployment knows from this JSON file (default: gatehouse.values.json, if there is one)",
    );

/** How an assembly is read. @throws Mistake `values-missing`, `values-broken` */
export const readingOf = (
  { parameters, values, assumePermissions, invoke }: AssemblyOptions,
  io: Io,
): ReadAssemblyOptions => {
  const known = readKnownValues(values === undefined ? undefined : resolve(io.cwd, values), io.cwd);
  return {
    parameters,
    assumePermissions,
    values: { ...known, invoke: { ...known.invoke, ...invoke } },
  };
};
