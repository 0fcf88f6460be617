import { CONFIDENCES, type Confidence } from "../lib/aws/confidence.ts";
import { citedIn, type Fact, type FactSection } from "../lib/aws/facts.ts";
import { type ConformanceCase, type Theme } from "../lib/conformance/case.ts";

/** docs/conformance.md: what API Gateway does, how sure we are, what we chose, and what would settle it. */
export function factsPage(sections: readonly FactSection[], themes: readonly Theme[]): string {
  const cases = themes.flatMap((theme) => theme.cases);
  const facts = sections.flatMap((section) => section.facts);
  return [
    intro(facts.length, cases.length, themes.length),
    "## How sure it is\n",
    table(
      ["", "means", "facts", "cases"],
      CONFIDENCES.map((one) => confidenceRow(one, facts, cases)),
    ),
    "## Where API Gateway is silent\n",
    SILENT,
    table(["fact", "what is not known", "what we do"], facts.filter(hasChoice).map(choiceRow)),
    "## The facts\n",
    `A fact has the number by which rules, cases and messages cite it. The last column counts the cases that show it.\n`,
    ...sections.flatMap((section) => [
      `### ${section.number}. ${section.title}\n`,
      table(
        ["fact", "what API Gateway does", "how sure", "source", "cases"],
        section.facts.map((fact) => factRow(fact, themes)),
      ),
    ]),
    "## Probes\n",
    PROBES,
    ...facts.filter(({ probe }) => probe !== undefined).map(({ fact, probe }) => `- ${linkTo(fact)}: ${probe}`),
    "",
    "## The themes\n",
    table(["theme", "what it is about", ...CONFIDENCES, "cases"], themes.map(themeRow)),
    ADDING,
  ].join("\n");
}

const intro = (facts: number, cases: number, themes: number) => `# What API Gateway does, and how sure that is

<!-- Written by \`npm run docs:conformance\` from lib/aws/facts.json and lib/conformance/cases/*.json. Do not edit it here. -->

Everything in this project that imitates an HTTP API of API Gateway cites one of ${facts} facts, and each fact says how sure it is.
No account was asked for them: they are compiled from AWS's documentation and from what people have published of their own
APIs. ${cases} cases in ${themes} themes ask them of a running gateway:

\`\`\`
npx gatehouse conformance                     our own gateway, at a clock that stands still
npx gatehouse conformance --target URL        any gateway that trusts the conformance issuer (see --help)
npx gatehouse conformance --only DOC,OBS+     what is surest
npx gatehouse conformance --theme scope       one theme
\`\`\`

The same table is asked of the rules and of the mirror's bundle in \`npm test\`, as far as they can see it.
`;

const MEANINGS: Readonly<Record<Confidence, string>> = {
  DOC: "AWS's documentation says so",
  "OBS+": "seen on AWS by two or more who did not copy from each other",
  OBS1: "seen on AWS once",
  INF: "inferred, for instance from the library whose error texts AWS sends",
  UNK: "not known: what we do is our own choice, and never said to be AWS's",
};

const SILENT = `The one principle: fail closed. A 200 on a laptop that AWS would refuse costs an outage; a 401 on a laptop that AWS would
allow costs a look at \`explain\`.
`;

const PROBES = `What one account, asked once, would settle. \`npx gatehouse conformance --only UNK,INF --target URL\` asks most of them; see its
\`--help\` for how to deploy the conformance APIs.
`;

const ADDING = `## Adding a case

A case is an entry of \`lib/conformance/cases/THEME.json\`; no code is needed. It says how the token differs from a good one (\`token\`), what
is sent (\`send\`), and what must come back (\`expect\`: \`status\`, \`rule\`, \`body\`, \`challenge\`, \`log\`, \`headers\`, \`claims\`,
\`scopes\`, \`event\`, \`accessLog\`). All members are described in \`lib/conformance/case.ts\`.

\`\`\`json
{
  "id": "client-id-with-aud",
  "title": "client_id does not count where aud is there",
  "confidence": "DOC",
  "source": "3.8",
  "token": { "claims": { "aud": "another", "client_id": "{audience}" } },
  "expect": { "status": 401, "rule": "audience" }
}
\`\`\`

A new fact is an entry of \`lib/aws/facts.json\`. Then \`npm run docs:conformance\`, and \`npm test\`.
`;

type Cells = readonly (string | number)[];

function table(head: Cells, rows: readonly Cells[]): string {
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line), ""].join("\n");
}

const line = (cells: Cells) => `| ${cells.map((cell) => escaped(`${cell}`)).join(" | ")} |`;

const escaped = (cell: string) => cell.replaceAll("|", "\\|");

const confidenceRow = (one: Confidence, facts: readonly Fact[], cases: readonly ConformanceCase[]) => [
  one,
  MEANINGS[one],
  facts.filter(({ confidence }) => confidence === one).length,
  cases.filter(({ confidence }) => confidence === one).length,
];

const hasChoice = (fact: Fact): fact is Fact & { choice: string } => fact.choice !== undefined;

const choiceRow = ({ fact, says, choice }: Fact & { choice: string }) => [linkTo(fact), says, choice];

const linkTo = (fact: string) => `[${fact}](#${anchorOf(fact)})`;

const anchorOf = (fact: string) => `fact-${fact.replaceAll(".", "-").toLowerCase()}`;

function factRow({ fact, says, confidence, source }: Fact, themes: readonly Theme[]) {
  const showing = themes
    .map(({ name, cases }) => [name, cases.filter((row) => citedIn(row.source).includes(fact)).length] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `[${name}](../lib/conformance/cases/${name}.json) ${count}`);
  return [`<a id="${anchorOf(fact)}"></a>${fact}`, says, confidence, sourceLink(source), showing.join(", ") || "–"];
}

const GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide";

function sourceLink(source: string): string {
  const [, page] = /^DG:([a-z0-9-]+)$/.exec(source) ?? [];
  if (page !== undefined) return `[${page}](${GUIDE}/${page}.html)`;
  const [, repository, number] = /^([\w.-]+\/[\w.-]+)#(\d+)$/.exec(source) ?? [];
  return repository === undefined ? source : `[${source}](https://github.com/${repository}/issues/${number})`;
}

const themeRow = ({ name, theme, cases }: Theme) => [
  `[${name}](../lib/conformance/cases/${name}.json)`,
  theme,
  ...CONFIDENCES.map((one) => cases.filter(({ confidence }) => confidence === one).length || "–"),
  cases.length,
];
