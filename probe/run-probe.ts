import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { readFacts } from "../lib/aws/facts.ts";
import { API_NAMES, readThemes } from "../lib/conformance/case.ts";
import { planRaise, raisedCases, raisedFacts } from "./confidence-raise.ts";
import { observe, readObserved, withAccessLog } from "./observation.ts";
import { openProbeKeys } from "./probe-keys.ts";

// npm run probe -- ask | log | raise. README.md beside this file says when.

const HOME = join(import.meta.dirname, "..");
const OBSERVED = "observed.json";

const outputs = z.object({
  GatehouseProbeIssuer: z.object({ IssuerOrigin: z.url() }),
  GatehouseProbe: z.object(Object.fromEntries(API_NAMES.map((name) => [`Api${name}`, z.url()]))),
});

const program = new Command("npm run probe --").description(
  "Ask a deployed probe what API Gateway does, and learn from it.",
);

program
  .command("ask")
  .description("ask the deployed APIs every case of the conformance table, and write what they answer")
  .requiredOption("--outputs <file>", "the file of 'cdk deploy --outputs-file'")
  .option("--observed <file>", "write the answers to this file", OBSERVED)
  .action(async (wanted: { readonly outputs: string; readonly observed: string }) => {
    const { GatehouseProbeIssuer: issuer, GatehouseProbe: apis } = outputs.parse(read(wanted.outputs));
    await mustShowFaults(issuer.IssuerOrigin);
    const keys = await openProbeKeys(join(import.meta.dirname, ".keys"), Date.now());
    const observed = await observe({
      themes: readThemes(HOME),
      origins: new Map(API_NAMES.map((name) => [name, new URL(apis[`Api${name}`] ?? "").origin])),
      signer: keys.signer(`${issuer.IssuerOrigin}oauth2/token`),
      nowMs: Date.now,
      onTheme: (name) => process.stderr.write(`${name} …\n`),
    });
    write(wanted.observed, JSON.stringify(observed, null, 2));
    say(`${Object.keys(observed.cases).length} answers are in ${wanted.observed}`);
  });

program
  .command("log")
  .description("add the access log to the answers")
  .argument("<events>", "what 'aws logs filter-log-events --output json' printed")
  .option("--observed <file>", "the file of the answers", OBSERVED)
  .action((events: string, wanted: { readonly observed: string }) => {
    const file = resolve(wanted.observed);
    const { observed, lines } = withAccessLog(
      readObserved(readFileSync(file, "utf8")),
      readFileSync(resolve(events), "utf8"),
    );
    write(file, JSON.stringify(observed, null, 2));
    say(`${lines} lines found their answer`);
  });

program
  .command("raise")
  .description(
    "raise the confidence of the facts that an account answered as the table expects; exit code 1 for any other answer",
  )
  .option("--observed <file>", "the file of the answers", OBSERVED)
  .action((wanted: { readonly observed: string }) => {
    const observed = readObserved(readFileSync(resolve(wanted.observed), "utf8"));
    const [sections, themes] = [readFacts(HOME), readThemes(HOME)];
    const raise = planRaise(sections, themes, observed);
    const facts = join(HOME, "lib", "aws", "facts.json");
    write(facts, raisedFacts(readFileSync(facts, "utf8"), sections, raise, observed));
    for (const theme of themes) {
      const file = join(HOME, "lib", "conformance", "cases", `${theme.name}.json`);
      write(file, raisedCases(readFileSync(file, "utf8"), theme, raise, observed));
    }
    for (const { fact, from, to } of raise.raised)
      say(
        `raised        ${fact}: ${from} to ${to}${from === "UNK" ? "; write again what it says, and take its choice away" : ""}`,
      );
    for (const { fact, id, what } of raise.contradicted) say(`otherwise     ${fact} by ${id}: ${what.join("; ")}`);
    say(`not settled   ${raise.open.join(", ")}`);
    say("next          npm run docs:conformance, npm run docs:rules, npm test");
    process.exitCode = raise.contradicted.length === 0 ? 0 : 1;
  });

/** An issuer whose faults are hidden would answer for another question than the cases ask. */
async function mustShowFaults(origin: string): Promise<void> {
  const { status } = await fetch(`${origin}faulty/discovery-500/.well-known/openid-configuration`);
  if (status !== 500)
    throw new Error("the issuer hides its faults: npx cdk deploy GatehouseProbeIssuer -c faults=shown");
}

const read = (file: string): unknown => JSON.parse(readFileSync(resolve(file), "utf8"));
const write = (file: string, text: string) => writeFileSync(resolve(file), text.endsWith("\n") ? text : `${text}\n`);
const say = (line: string) => process.stdout.write(`${line}\n`);

await program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
