#!/usr/bin/env node
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { pageFolder, programFolder } from "./program.mjs";

if (process.env.GATEHOUSE_DEBUG) process.setSourceMapsEnabled(true);
const home = dirname(import.meta.dirname);
const program = join(await programFolder(home), "gatehouse.mjs");
await (await import(pathToFileURL(program).href)).run(home, () => pageFolder(home));
