import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { readProjectContext } from "../../lib/config/project.ts";
import { buildApp } from "../../lib/stack/build-app.ts";
import { CHECKOUT } from "../project-copy.ts";
import { withoutHashes } from "./synthesised.ts";

// The app as the user has it: the only test that reads the cdk.json of this checkout. All others have test/fixture/cdk.json.
// A change of cdk.json changes these snapshots; read the difference, then renew them with `npm run snapshot`.

const context = readProjectContext(CHECKOUT);

test.each(Object.keys(context.environments as object))(
  "the %s environment synthesises to the template of its snapshot",
  (env) => {
    const outdir = mkdtempSync(join(tmpdir(), "gatehouse-app-"));
    const app = { outdir, context: { ...context, env }, analyticsReporting: false };
    const { stacks } = buildApp({ projectDirectory: CHECKOUT, app });
    const templates = stacks.map((stack) => withoutHashes(Template.fromStack(stack).toJSON()));
    expect(templates.length === 1 ? templates[0] : templates).toMatchSnapshot();
  },
);

test("cdk.json names its schema at its top: a part of a file cannot name one", () => {
  const settings: unknown = JSON.parse(readFileSync(join(CHECKOUT, "cdk.json"), "utf8"));
  expect(settings).toMatchObject({ $schema: "./schema/cdk.schema.json" });
});
