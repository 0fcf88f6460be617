import type { RouteModel } from "../../assembly/model.ts";
import { mistakeText } from "../../findings/mistake.ts";
import { printable } from "../../findings/terminal-text.ts";
import type { Differences } from "../../session/reload/differences.ts";
import type { ReloadEvent } from "../../session/reload/hot-reload.ts";
import type { Paint } from "../io.ts";
import { findingLine, guardOf, unservedLine } from "./local-report.ts";

const MOST_NAMES = 3;

/** One line for what was served again; four parts for what was not. */
export function reloadAsText(event: ReloadEvent, paint: Paint): string {
  const changed = printable(shortList(event.changed));
  const ms = Math.round(event.durationMs);
  switch (event.kind) {
    case "failed":
      return `${paint.red(`not reloaded: ${changed}`)}\n${mistakeText(event.mistake)}`;
    case "unchanged":
      return paint.dim(`nothing to reload: ${changed}`);
    case "reloaded": {
      const effects = printable(effectsOf(event.differences).join(", "));
      return [
        `${paint.green(`reloaded in ${ms} ms:`)} ${changed} → ${effects}`,
        ...event.differences.unserved.map((one) => unservedLine(one, paint)),
        ...event.differences.findings.map((one) => findingLine(one, paint)),
      ].join("\n");
    }
  }
}

/** The same for a program. */
export function reloadAsJson(event: ReloadEvent): object {
  const { kind, changed } = event;
  const ms = Math.round(event.durationMs);
  switch (event.kind) {
    case "failed":
      return {
        event: "reload-failed",
        changed,
        ms,
        code: event.mistake.code,
        ...event.mistake.say,
        place: event.place ?? null,
      };
    case "unchanged":
      return { event: kind, changed, ms };
    case "reloaded": {
      const { functions, added, removed, changed: other, other: rest, unserved, findings } = event.differences;
      const routes = { added: keysOf(added), removed: keysOf(removed), changed: keysOf(other) };
      return { event: kind, changed, ms, functions, routes, other: rest, notServed: unserved, findings };
    }
  }
}

const keysOf = (routes: readonly RouteModel[]) => routes.map(({ key }) => key);

const effectsOf = ({
  functions,
  added,
  removed,
  changed,
  other,
  unserved,
  findings,
}: Differences): readonly string[] => [
  ...functions,
  ...added.map((route) => `${route.key} is new (${guardOf(route)})`),
  ...removed.map(({ key }) => `${key} is gone`),
  ...changed.map((route) => `${route.key} (${guardOf(route)})`),
  ...other,
  ...(unserved.length > 0 ? ["what is not served is below"] : []),
  ...(findings.length > 0 ? ["what AWS refuses is below"] : []),
];

const shortList = (names: readonly string[]) =>
  names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`
    : names.join(", ");
