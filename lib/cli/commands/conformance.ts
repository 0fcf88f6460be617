import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError } from "commander";
import { CONFIDENCES, type Confidence } from "../../aws/confidence.ts";
import { API_NAMES, type ApiName, readThemes, type Theme } from "../../conformance/case.ts";
import { APIS, ORDER_SCOPES } from "../../conformance/conformance-api.ts";
import { writeConformanceAssembly } from "../../conformance/conformance-assembly.ts";
import { httpSubject } from "../../conformance/http-subject.ts";
import { signerOf, startConformanceIssuer, startOwnGateway } from "../../conformance/own-gateway.ts";
import { sendRaw } from "../../conformance/raw-request.ts";
import { runTable, type TableResult } from "../../conformance/run-table.ts";
import { AUDIENCES } from "../../conformance/token-recipe.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText } from "../../findings/terminal-text.ts";
import type { CliCommand } from "../command.ts";
import { makeFolder } from "../folder.ts";
import type { Io } from "../io.ts";
import { list, parsePort, parseSeconds, repeated } from "../options.ts";
import { resultAsJson, resultAsText } from "../reports/conformance-report.ts";

interface ConformanceOptions {
  readonly target: ReadonlyMap<ApiName, string>;
  readonly only?: readonly Confidence[];
  readonly theme: readonly string[];
  readonly issuerPort: number;
  readonly issuer?: string;
  readonly writeAssembly?: string;
  readonly wait: number;
  readonly json?: boolean;
}

export const conformance: CliCommand<ConformanceOptions> = {
  define: (command) => {
    command
      .option(
        "--target <url>",
        `test this gateway instead of our own; <api>=<url> for one of ${API_NAMES.join(", ")} (only a URL: main)`,
        parseTarget,
        new Map<ApiName, string>(),
      )
      .option("--only <list>", `run only cases of these confidences: ${CONFIDENCES.join(", ")}`, parseConfidences)
      .option("--theme <name>", "run only this theme (repeatable)", repeated, [])
      .option("--issuer-port <number>", "set the conformance issuer's port, with --target", parsePort, 9500)
      .option("--issuer <url>", "set its issuer string (default: http://127.0.0.1:<issuer-port>/oauth2/token)")
      .option("--write-assembly <dir>", "write the conformance APIs as a cdk.out that trusts that issuer")
      .option("--wait <seconds>", "wait this long for the target to start", parseSeconds, 60)
      .option("--json", "print one JSON document")
      .addHelpText("after", HELP);
  },
  run: async ({ options: wanted }, io) => {
    const themes = themesOf(wanted, io.home);
    if (wanted.target.size > 0) return report(await askTarget(wanted, themes, io), wanted, io);
    if (wanted.writeAssembly !== undefined) return writeAndSay(wanted.writeAssembly, issuerOf(wanted), wanted, io);
    return report(await askOwn(wanted, themes, io), wanted, io);
  },
};

const HELP = `
Without --target the suite runs against our own gateway, with a fixed clock. With it:
  1. npx gatehouse conformance --write-assembly conformance.out --target http://127.0.0.1:4000
     starts the conformance issuer, writes the APIs, and waits for the target
  2. npx gatehouse local --assembly conformance.out --real-issuer --port 4000     (in another terminal)
     serves them; the APIs cors, fallback and issuers listen on the next ports: --target cors=http://127.0.0.1:4001 …
  A deployment needs an issuer that AWS can reach: --issuer https://… of a tunnel to --issuer-port.

Exit code: 0 nothing differs from what is known of AWS, 1 something does; our own choices (UNK) count only with --only UNK.`;

const report = (result: TableResult, { only, json }: ConformanceOptions, io: Io): number => {
  io.out(json ? resultAsJson(result) : resultAsText(result, io.paint));
  const counted = result.total.differs + (only?.includes("UNK") ? result.total.choice : 0);
  return counted === 0 ? 0 : 1;
};

async function askOwn({ only }: ConformanceOptions, themes: readonly Theme[], io: Io): Promise<TableResult> {
  const nowSeconds = Math.floor(io.nowMs() / 1_000);
  const own = await startOwnGateway(nowSeconds);
  try {
    return await runTable(own.subject, {
      themes,
      only,
      signer: own.signer,
      nowSeconds: () => nowSeconds,
      onTheme: (name) => io.err(io.paint.dim(`${name} …`)),
    });
  } finally {
    await own.close();
  }
}

async function askTarget(wanted: ConformanceOptions, themes: readonly Theme[], io: Io): Promise<TableResult> {
  const { target, only, issuerPort, writeAssembly, wait } = wanted;
  const issuerString = issuerOf(wanted);
  let areFaultsShown = false;
  const nowSeconds = () => io.nowMs() / 1_000;
  const issuer = await startConformanceIssuer({
    issuer: issuerString,
    port: issuerPort,
    nowSeconds,
    // An authorizer is made from a discovery document that is well (4.3); the faults come when it is there.
    areFaultsShown: () => areFaultsShown,
  });
  try {
    if (writeAssembly !== undefined) write(resolve(io.cwd, writeAssembly), issuerString);
    io.err(needsOf(issuerString, issuer.origin, writeAssembly));
    for (const [api, origin] of target) await waitFor(api, origin, wait, io);
    areFaultsShown = true;
    return await runTable(httpSubject({ name: "target", origins: target, hasStillClock: false }), {
      themes,
      only,
      signer: signerOf(issuer),
      nowSeconds: () => Math.floor(nowSeconds()),
      onTheme: (name) => io.err(io.paint.dim(`${name} …`)),
    });
  } finally {
    await issuer.close();
  }
}

function writeAndSay(directory: string, issuer: string, { issuerPort, json }: ConformanceOptions, io: Io): number {
  const full = resolve(io.cwd, directory);
  write(full, issuer);
  const next = `npx gatehouse conformance --issuer-port ${issuerPort} --issuer ${issuer} --target URL`;
  io.out(
    json
      ? jsonText({ assembly: full, issuer, audience: AUDIENCES, apis: API_NAMES })
      : `${full}\n  trusts    ${issuer}\n  next      ${next}, which starts that issuer and waits for the target`,
  );
  return 0;
}

function write(directory: string, issuer: string): void {
  try {
    makeFolder(directory);
    writeConformanceAssembly(directory, issuer);
  } catch (cause) {
    throw new Mistake(
      "assembly-unwritable",
      {
        what: "the conformance APIs cannot be written",
        got: cause instanceof Error ? cause.message : String(cause),
        expected: "a folder that exists, or that can be created",
        fix: "give another: --write-assembly conformance.out",
      },
      { cause },
    );
  }
}

const issuerOf = ({ issuer, issuerPort }: ConformanceOptions): string => {
  if (issuer === undefined && issuerPort === 0)
    throw new Mistake("issuer-port-open", {
      what: "the target must know where the conformance issuer is",
      got: "--issuer-port 0, which takes any port",
      expected: "a port of your choice",
      fix: "--issuer-port 9500",
    });
  const text = issuer ?? `http://127.0.0.1:${issuerPort}/oauth2/token`;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new Mistake("issuer-form", {
    what: "the issuer is not a URL",
    got: jsonText(text),
    expected: "https://host/path, or http on the loopback interface",
    fix: "--issuer https://issuer.example.com/oauth2/token",
  });
};

/** What the target has to be configured with. */
const needsOf = (issuer: string, origin: string, written: string | undefined): string =>
  [
    `conformance issuer at ${origin}; the target's JWT authorizers must have`,
    `  issuer      ${issuer}`,
    `  audience    ${AUDIENCES.join(", ")}`,
    `  scopes      ${ORDER_SCOPES.join(", ")} on GET /orders`,
    ...API_NAMES.map((name) => `  API ${name.padEnd(10)}${APIS[name].routes.length} routes: ${APIS[name].about}`),
    written === undefined
      ? "  --write-assembly DIR writes these APIs with their functions as a cdk.out"
      : `  written to ${written}: npx gatehouse local --assembly ${written} --real-issuer --port PORT`,
  ].join("\n");

/** Until something answers there; what it answers is the table's business. */
async function waitFor(api: ApiName, origin: string, seconds: number, io: Io): Promise<void> {
  const until = io.nowMs() + seconds * 1_000;
  let said = false;
  for (;;) {
    const failure = await sendRaw(
      origin,
      { method: "GET", target: "/open", headers: [], body: undefined },
      10_000,
    ).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (failure === undefined) return;
    if (io.stopped.aborted || io.nowMs() >= until) throw unreachable(api, origin, seconds, failure);
    if (!said) io.err(io.paint.dim(`waiting for ${api} at ${origin} …`));
    said = true;
    await sleep(250);
  }
}

const unreachable = (api: ApiName, origin: string, seconds: number, cause: unknown) =>
  new Mistake(
    "target-unreachable",
    {
      what: `the API ${api} does not answer at ${origin}`,
      got: cause instanceof Error ? ("code" in cause && String(cause.code)) || cause.message : String(cause),
      expected: `an answer within ${seconds} seconds`,
      fix: "start the target, see 'npx gatehouse conformance --help', or wait longer: --wait 300",
    },
    { cause },
  );

function themesOf({ theme }: ConformanceOptions, home: string): readonly Theme[] {
  const all = readThemes(home);
  const strangers = theme.filter((name) => !all.some((one) => one.name === name));
  if (strangers.length > 0)
    throw new Mistake("theme-unknown", {
      what: `there is no theme ${strangers.join(", ")}`,
      got: `--theme ${strangers.join(" --theme ")}`,
      expected: `one of ${all.map(({ name }) => name).join(", ")}`,
      fix: "npx gatehouse conformance --theme routing",
    });
  return theme.length === 0 ? all : all.filter(({ name }) => theme.includes(name));
}

function parseTarget(value: string, before: ReadonlyMap<ApiName, string>): ReadonlyMap<ApiName, string> {
  const [, named, rest] = /^([a-z]+)=(.*)$/.exec(value) ?? [];
  const api = API_NAMES.find((name) => name === (named ?? "main"));
  const url = rest ?? value;
  if (api === undefined) throw new InvalidArgumentError(`an API is one of ${API_NAMES.join(", ")}.`);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new InvalidArgumentError("a target is http://host:port or https://host.");
  if (new URL(url).pathname !== "/")
    throw new InvalidArgumentError("a target has no path: the cases say which path and stage they ask for.");
  return new Map([...before, [api, new URL(url).origin]]);
}

function parseConfidences(value: string): readonly Confidence[] {
  return list(value).map((one) => {
    const found = CONFIDENCES.find((known) => known === one);
    if (found === undefined) throw new InvalidArgumentError(`a confidence is one of ${CONFIDENCES.join(", ")}.`);
    return found;
  });
}
