import { badTokens } from "./bad-tokens.ts";
import { grossRegressions } from "./bounds.ts";
import { type Contender, fastJwtFixed, gatehouse, isAllowed, others } from "./contenders.ts";
import { type MirrorFigures, measureMirror } from "./mirror.ts";
import { readOptions } from "./options.ts";
import { machine, writeFigures } from "./readme.ts";
import { aligned, tableOf } from "./report.ts";
import { FULL, measure, QUICK, type Stage, setStage } from "./sections.ts";

// `npm run bench`: what a decision costs, as a ratio to the RSA work that nobody can spare.

const values = readOptions(
  `npm run bench
  --quick   under 15 s, for CI: ends with 1 where a ratio is grossly out of bounds
  --json    one JSON document
  --write   puts the tables into bench/README.md`,
  { quick: { type: "boolean" }, json: { type: "boolean" }, write: { type: "boolean" } },
);
// `npm run` starts it in the project's folder.
const projectDirectory = process.cwd();

/** Who accepts a token that another refuses is not faster but another program. @returns how many kinds were tried */
async function assertSamePolicy({ key, tokens }: Stage): Promise<number> {
  const bad = await badTokens(key, tokens, 5);
  const decide = gatehouse(key);
  const all: Contender[] = [
    { name: "Gatehouse", accepts: (token: string) => isAllowed(decide(token)) },
    ...others(key),
    fastJwtFixed(key, { cache: true }),
  ];
  for (const { name, accepts, asksKid = true } of all) {
    for (const { text } of tokens) if (!(await accepts(text))) throw new Error(`${name} refused a good token`);
    for (const [kind, texts] of Object.entries(bad)) {
      if (!asksKid && kind === "unknown kid") continue;
      for (const text of texts) if (await accepts(text)) throw new Error(`${name} accepted a bad token: ${kind}`);
    }
  }
  return Object.keys(bad).length;
}

const mirrorTable = ({ bundleBytes, loadMs, firstDecisionMs }: MirrorFigures): string =>
  [
    "### The mirror Lambda's bundle, in fresh processes",
    "",
    ...aligned([
      ["", "median"],
      ["minified", `${(bundleBytes / 1_000).toFixed(1)} kB`],
      ["load", `${loadMs.median.toFixed(1)} ms`],
      ["first decision, key documents at hand", `${firstDecisionMs.median.toFixed(1)} ms`],
    ]),
  ].join("\n");

async function main(): Promise<number> {
  const say = (text: string) => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);
  const stage = await setStage(values.quick ? QUICK : FULL);
  const kinds = await assertSamePolicy(stage);
  say(`Same policy: each library accepts ${stage.tokens.length} good tokens and refuses ${kinds} kinds of bad ones.\n`);
  const tables: string[] = [];
  const show = (table: string) => {
    tables.push(table);
    say(`${table}\n`);
  };
  const sections = await measure(stage, (section) => show(tableOf(section)));
  const mirror = await measureMirror(stage, projectDirectory, values.quick ? 5 : 25);
  show(mirrorTable(mirror));
  const regressions = grossRegressions(sections);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ machine: machine(), sections, mirror, regressions }, null, 2)}\n`);
  if (values.write) writeFigures(projectDirectory, "decisions", [machine(), ...tables].join("\n\n"));
  for (const regression of regressions) process.stderr.write(`out of bounds: ${regression}\n`);
  return regressions.length === 0 ? 0 : 1;
}

process.exitCode = await main();
