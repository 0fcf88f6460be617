import { Mistake } from "../../lib/findings/mistake.ts";
import { columns, runTool } from "../tool.ts";
import { runVectorSets, type VectorOutcome, type VectorSet } from "./vector-sets.ts";

const HELP = `npm run test:vectors -- DIR

Compares the verdicts of the rules with Wycheproof's vectors, in DIR/wycheproof, and the RFCs' examples, in DIR/rfc.
Exit code 1 for a verdict that differs, but for the known one.
`;

/** A ROCA key (CVE-2017-15361) is an RSA key like any other to all but a test of its own, which no JWT library makes. */
const KNOWN_DIFFERENCES = new Set(["json_web_key_test 7"]);

void runTool((args) => {
  const [folder] = args;
  if (folder === "--help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (folder === undefined || args.length > 1)
    throw new Mistake("vectors-not-named", {
      what: "the vectors' folder is not named",
      got: args.length === 0 ? "no argument" : args.join(" "),
      expected: "one folder, with wycheproof/*.json and rfc/*.json",
      fix: "npm run test:vectors -- DIR",
    });
  const sets = runVectorSets(folder);
  const outcomes = sets.flatMap((set) => set.outcomes);
  const different = outcomes.filter(isDifferent);
  const wrong = different.filter(({ id }) => !KNOWN_DIFFERENCES.has(id));
  const empty = sets.filter((set) => set.outcomes.length === 0);

  process.stdout.write(columns([["set", "vectors", "accepted", "refused", "different"], ...sets.map(rowOf)]));
  for (const { id, comment, wanted, got } of different)
    process.stdout.write(
      `${KNOWN_DIFFERENCES.has(id) ? "known" : "WRONG"}: ${id}: wanted ${wanted}, got ${got} (${comment})\n`,
    );
  for (const { name } of empty) process.stdout.write(`WRONG: ${name} holds no vector\n`);
  process.stdout.write(
    `${outcomes.length} vectors: ${outcomes.length - different.length} right, ${different.length - wrong.length} known difference (the ROCA key), ${wrong.length} wrong\n`,
  );
  return wrong.length + empty.length === 0 ? 0 : 1;
});

function rowOf({ name, outcomes }: VectorSet): string[] {
  const accepted = outcomes.filter(({ got }) => got === "accept").length;
  const counts = [outcomes.length, accepted, outcomes.length - accepted, outcomes.filter(isDifferent).length];
  return [name, ...counts.map(String)];
}

function isDifferent({ wanted, got }: VectorOutcome): boolean {
  return wanted !== undefined && wanted !== got;
}
