#!/usr/bin/env node
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { programFolder } from "./program.mjs";

if (process.env.GATEHOUSE_DEBUG) process.setSourceMapsEnabled(true);
const folder = await programFolder(dirname(import.meta.dirname));
await import(pathToFileURL(join(folder, "gatehouse.mjs")).href);
