import { dirname, resolve } from "node:path";
import { chooseApis } from "../../assembly/choose-apis.ts";
import type { Assembly, HttpApiModel } from "../../assembly/model.ts";
import type { Console } from "../../console/console.ts";
import { readPageFiles } from "../../console/page-files.ts";
import { counted, jsonText, printable } from "../../findings/terminal-text.ts";
import { awsEndpointVariables, awsProfileOf } from "../../functions/function-environment.ts";
import { isLoopback } from "../../gateway/http-server.ts";
import { worthTelling } from "../../keys/key-warnings.ts";
import { consoleKeyOf } from "../../session/console-key.ts";
import type { HotReload } from "../../session/reload/hot-reload.ts";
import { announce } from "../../session/running-sessions.ts";
import { type Session, startSession } from "../../session/session.ts";
import { openAccessLog } from "../access-log-file.ts";
import { addAssemblyOptions } from "../assembly-options.ts";
import { type Authorities, authoritiesOf, caOption } from "../authorities.ts";
import type { CliCommand } from "../command.ts";
import { consoleSessionOf } from "../console-session.ts";
import type { Io } from "../io.ts";
import { addIssuerOptions, type IssuerOptions, issuerPortOf, standInOf } from "../issuer-options.ts";
import { Opened } from "../opened.ts";
import { contextOption, parseAwsEndpoint, parseInvoke, parsePort } from "../options.ts";
import { type PreparedAssembly, type PreparedFrom, prepareAssembly, titleOf } from "../prepared-assembly.ts";
import { functionLogLine, rawLogLine } from "../reports/function-log-line.ts";
import { bannerOf, findingLine, placeholderLine, unservedLine } from "../reports/local-report.ts";
import { readyLine } from "../reports/ready-line.ts";
import { reloadAsJson, reloadAsText } from "../reports/reload-report.ts";
import { requestLine } from "../reports/request-line.ts";
import { runningOf } from "../running-note.ts";

interface LocalOptions extends PreparedFrom, IssuerOptions {
  readonly stack?: string;
  readonly api?: string;
  readonly ca?: string;
  readonly port: number;
  readonly host?: string;
  readonly allowHost: readonly string[];
  readonly awsProfile?: string;
  readonly awsEndpoint?: Readonly<Record<string, string>>;
  /** Undefined where the usual one, or any other, does. */
  readonly consolePort?: number;
  /** False where there is to be none. */
  readonly console: boolean;
  /** True for the terminal, else a file. */
  readonly accessLog?: string | true;
  /** The debugger's port of the first function; the others have those after it. */
  readonly inspect?: number | true;
  /** Whether functions' lines in JSON show as they were written. */
  readonly rawLogs?: boolean;
  readonly json?: boolean;
  /** False where nothing is to be served again. */
  readonly watch: boolean;
}

export const local: CliCommand<LocalOptions> = {
  define: (command) => {
    command
      .option(
        "--env <name>",
        "synthesise this environment of cdk.json (default: dev; the app itself where cdk.json has no environments)",
      )
      .addOption(contextOption())
      .option("--assembly <dir>", "serve this cloud assembly instead, of any CDK app")
      .option("--stack <name>", "serve only the APIs of this stack")
      .option(
        "--api <name>",
        "serve only this API, by its name or logical id; several APIs take one port after the other",
      );
    addAssemblyOptions(command)
      .option("--assume-permissions", "call functions that the template does not let API Gateway call")
      .option("--port <number>", "set the API's port; 0 takes any free one", parsePort, 3000)
      .option("--host <address>", "listen on this address instead of 127.0.0.1: others can then reach it")
      .option(
        "--allow-host <name>",
        "answer requests whose Host header has this name, too, such as a container's or a tunnel's; '*' for any (repeatable)",
        (name: string, before: readonly string[]) => [...before, name],
        [] as readonly string[],
      )
      .option(
        "--invoke <name=url>",
        "let another program run this function, by Lambda's Invoke API: Python, Go, images, imported ones (repeatable)",
        parseInvoke,
        {},
      )
      .option(
        "--aws-profile <name>",
        "give functions this profile of your AWS configuration (default: no credentials, whatever your shell has)",
      )
      .option(
        "--aws-endpoint <[service=]url>",
        "send functions' AWS requests there, as to DynamoDB Local: dynamodb=http://127.0.0.1:8000 (repeatable)",
        parseAwsEndpoint,
      )
      .option(
        "--console-port <number>",
        "set the port of the console, the web page of all requests; 0 takes any free one (default: 3100, if free)",
        parsePort,
      )
      .option("--no-console", "turn the console off")
      .option("--real-issuer", "use the template's issuer instead of the embedded one (http only on loopback)")
      .addOption(caOption().implies({ realIssuer: true }))
      .option("--access-log [file]", "write the access log in the template's format, to the terminal or to a file")
      .option("--raw-logs", "print the lines of functions as they were written, not as level and message")
      .option(
        "--inspect [port]",
        "open a debugger in each function: the first has this port (9229 by default), the next ones those after it; no time limits",
        parsePort,
      )
      .option("--no-watch", "turn hot reload off")
      .option("--json", "print one line of JSON when ready, and one for each reload");
    addIssuerOptions(command);
  },
  run: async ({ options: wanted }, io) => {
    const authorities = authoritiesOf(wanted.ca, io);
    const standIn = await standInOf(wanted, io);
    const opened = new Opened();
    try {
      const prepared = await prepareAssembly(wanted, opened, io).catch((error: unknown) => {
        // Ctrl-C ends the app that synthesises, too: what it says of that needs no line.
        if (io.stopped.aborted) return undefined;
        throw error;
      });
      if (prepared === undefined || io.stopped.aborted) return 0;
      const apis = chooseApis(prepared.assembly, wanted);
      return await serve({ prepared, apis, authorities, standIn, wanted, opened }, io);
    } finally {
      await opened.close();
    }
  },
};

interface Serving {
  readonly prepared: PreparedAssembly;
  readonly apis: readonly HttpApiModel[];
  /** Of the real issuers. */
  readonly authorities: Authorities;
  readonly standIn: Awaited<ReturnType<typeof standInOf>>;
  readonly wanted: LocalOptions;
  /** Closes all that is opened here. */
  readonly opened: Opened;
}

/** Serves until the user stops it. */
async function serve({ prepared, apis, authorities, standIn, wanted, opened }: Serving, io: Io): Promise<number> {
  const { assembly, signingKey, environment } = prepared;
  const logFile =
    typeof wanted.accessLog === "string"
      ? opened.own(
          openAccessLog(resolve(io.cwd, wanted.accessLog), (lines, why) =>
            io.err(printable(`warning: ${lines} line(s) of the access log could not be written: ${why}`)),
          ),
        )
      : undefined;
  let console: Console | undefined;
  const session = opened.own(
    await startSession({
      ...wanted,
      allowedHosts: wanted.allowHost,
      apis,
      issuerPort: issuerPortOf(wanted),
      standIn,
      realIssuer: wanted.realIssuer === true,
      ca: authorities.ca,
      signingKey,
      functionHost: {
        nowMs: io.nowMs,
        onLog: (name, line) => io.err((wanted.rawLogs ? rawLogLine : functionLogLine)(name, line, io)),
        awsProfile: wanted.awsProfile === undefined ? undefined : awsProfileOf(wanted.awsProfile, io.env),
        ...(wanted.awsEndpoint === undefined ? {} : { awsEndpoints: awsEndpointVariables(wanted.awsEndpoint) }),
        sdkFolders: [io.cwd, dirname(assembly.directory)],
        ...(wanted.inspect === undefined
          ? {}
          : { inspectPortOf: portsFrom(wanted.inspect === true ? USUAL_INSPECT_PORT : wanted.inspect) }),
      },
      onRequest: (record) => {
        console?.note(record);
        const line = wanted.accessLog === undefined ? undefined : record.accessLogLine();
        if (logFile && line !== undefined) logFile.write(line);
        if (wanted.accessLog !== true) io.err(requestLine(record, io.paint));
        else if (line !== undefined) io.err(printable(line, LONGEST_LOG_LINE));
      },
      onIssuer: (event) => {
        if (event.kind === "failed")
          io.err(printable(`issuer ${event.issuer}: ${event.document} ${event.stage}: ${event.detail}`));
        else
          for (const warning of counted(
            worthTelling(event.warnings, Math.max(0, event.kids.length - event.warnings.length)),
          ))
            io.err(printable(`issuer ${event.issuer}: ${warning}`));
      },
    }),
  );
  console = wanted.console ? opened.own(await openConsole(session, assembly, wanted, io)) : undefined;
  const tellOthers = () => announce(runningOf(session, environment, console, io), io.env);
  opened.onClose(tellOthers());
  const readyMs = Math.round(io.nowMs() - io.startedAtMs);
  for (const line of warningsOf(wanted)) io.err(`warning: ${line}`);
  if (wanted.json) {
    for (const one of assembly.unserved) io.err(unservedLine(one, io.paint));
    for (const one of assembly.placeholders) io.err(placeholderLine(one, io.paint));
    for (const one of assembly.findings) io.err(findingLine(one, io.paint));
  }
  io.out(
    wanted.json
      ? jsonText(readyLine({ session, assembly, consoleUrl: console?.url, readyMs }))
      : bannerOf({
          session,
          assembly,
          title: titleOf(prepared),
          consoleUrl: console?.url,
          readyMs,
          isWatching: wanted.watch,
          paint: io.paint,
        }),
  );
  if (wanted.watch)
    opened.own(
      await serveAnew(prepared, wanted, session, io, () => {
        tellOthers();
        console?.refresh();
      }),
    );
  await untilStopped(io.stopped);
  return 0;
}

/** Where VS Code and Chrome look for a debugger of Node. */
const USUAL_INSPECT_PORT = 9_229;

/** Gives each function a port of its own, in the order in which they start, and the same one after each reload. */
function portsFrom(first: number): (functionName: string) => number {
  const ports = new Map<string, number>();
  return (name) => {
    const port = ports.get(name) ?? (first === 0 ? 0 : first + ports.size);
    ports.set(name, port);
    return port;
  };
}

/** What the options open to others, or let functions do. */
const warningsOf = ({ host, awsProfile, awsEndpoint, assumePermissions, inspect }: LocalOptions): readonly string[] =>
  [
    inspect !== undefined && "functions have no time limit, and anyone on this machine may debug them (--inspect)",
    host !== undefined && !isLoopback(host) && `listening on ${host}, where others may reach it`,
    awsProfile !== undefined && `functions act in AWS with what the profile ${awsProfile} may do`,
    awsEndpoint !== undefined && `functions' AWS requests go to ${printable(Object.values(awsEndpoint).join(", "))}`,
    assumePermissions && "functions are called that the template does not let API Gateway call (--assume-permissions)",
  ].filter((line) => typeof line === "string");

/** Where the console listens, unless something else does. */
const USUAL_CONSOLE_PORT = 3_100;

/** @throws Mistake `port-taken`, `notes-folder-foreign`, `notes-unwritable` */
async function openConsole(
  session: Session,
  assembly: Assembly,
  { consolePort, port }: LocalOptions,
  io: Io,
): Promise<Console> {
  const { startConsole } = await import("../../console/console.ts");
  return await startConsole({
    // Who takes any port for the API wants no fixed one here.
    port: consolePort ?? (port === 0 ? 0 : USUAL_CONSOLE_PORT),
    isPortOptional: consolePort === undefined,
    key: consoleKeyOf(io.cwd, io.env),
    loadPage: async () => readPageFiles(await io.pageFolder()),
    session: consoleSessionOf(session, assembly),
    nowMs: io.nowMs,
  });
}

/** A line of the access log is as long as its format makes it; a terminal is for reading. */
const LONGEST_LOG_LINE = 10_000;

/** Loaded when all runs: a start does not wait for it. */
async function serveAnew(
  { assembly, readAtMs, reading, synthesis }: PreparedAssembly,
  { json, ...choice }: LocalOptions,
  session: Session,
  io: Io,
  onServed: () => void,
): Promise<HotReload> {
  const { assemblySource, projectSource, startHotReload } = await import("../../session/reload/hot-reload.ts");
  return startHotReload({
    source: synthesis
      ? projectSource({ synthesis: synthesis.options, report: synthesis.report, assembly, reading })
      : assemblySource({ assembly, reading }),
    session,
    assembly,
    readAtMs,
    choice,
    onReload: (event) => {
      if (event.kind === "reloaded") onServed();
      if (json) io.out(jsonText(reloadAsJson(event)));
      else io.err(reloadAsText(event, io.paint));
    },
  });
}

const untilStopped = (stopped: AbortSignal) =>
  new Promise<void>((done) => {
    if (stopped.aborted) done();
    stopped.addEventListener("abort", () => done(), { once: true });
  });
