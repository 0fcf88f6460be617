import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metricsIn } from "./metrics-in.ts";
import { synthesised } from "./synthesised.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "costs.md"), "utf8");

/** What the page says: native, lambda. */
function counted(row: string): readonly number[] {
  const line = page.split("\n").find((one) => one.startsWith(`| ${row}`));
  return (line ?? "").split("|").slice(2, 4).map(Number);
}

const templates = [synthesised("prod").template, synthesised("prod", { authorizer: "lambda" }).template];

/** Metrics that alarms read, of the watch or of the API. */
const readByAlarms = (ofWatch: boolean) =>
  templates.map(
    (template) =>
      Object.entries(template.findResources("AWS::CloudWatch::Alarm"))
        .filter(([id]) => id.startsWith("IssuerWatch") === ofWatch)
        .flatMap(([, { Properties: properties }]) => properties.Metrics as readonly { MetricStat?: object }[])
        .filter(({ MetricStat: stat }) => stat !== undefined).length,
  );

const resources = (type: string) => templates.map((template) => Object.keys(template.findResources(type)).length);

test("the page of costs counts what the templates hold", () => {
  expect({
    api: counted("metrics read by the API's alarms"),
    watch: counted("metrics read by the watch's alarms"),
    metrics: counted("metrics of the watch"),
    filters: counted("metric filters on the logs"),
    dashboards: counted("dashboards"),
  }).toEqual({
    api: readByAlarms(false),
    watch: readByAlarms(true),
    metrics: templates.map(
      (template) =>
        new Set(
          metricsIn(template).flatMap(({ namespace, name }) => (namespace === "Gatehouse/IssuerWatch" ? [name] : [])),
        ).size,
    ),
    filters: resources("AWS::Logs::MetricFilter"),
    dashboards: resources("AWS::CloudWatch::Dashboard"),
  });
});
