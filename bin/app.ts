import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { MISTAKES_VARIABLE, Mistake, mistakeJson, mistakeText } from "../lib/findings/mistake.ts";
import { buildApp } from "../lib/stack/build-app.ts";

// The CDK's command line runs this by cdk.json's `app`. A wrong environment is a message, not a stack trace.
try {
  buildApp({ projectDirectory: dirname(dirname(fileURLToPath(import.meta.url))) }).app.synth();
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  const say = process.env[MISTAKES_VARIABLE] === "json" ? mistakeJson : mistakeText;
  process.stderr.write(`${say(error)}\n`);
  process.exitCode = 1;
}
