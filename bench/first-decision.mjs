// A fresh process, as a cold execution environment: loads the mirror's bundle and asks it once. The bench starts it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { bundle, settings, documents, event } = JSON.parse(readFileSync(0, "utf8"));
const startedAt = performance.now();
const { createMirror } = createRequire(import.meta.url)(bundle);
const loadedAt = performance.now();
const mirror = createMirror(
  { ...settings, routeScopes: new Map(settings.routeScopes) },
  { fetchDocument: (url) => Promise.resolve(documents[url]), nowMs: Date.now, log: () => undefined },
);
const { isAuthorized } = await mirror(event);
const decidedAt = performance.now();
process.stdout.write(
  JSON.stringify({ isAuthorized, loadMs: loadedAt - startedAt, firstDecisionMs: decidedAt - loadedAt }),
);
