import { writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Option } from "commander";
import type { GivenContext } from "../../config/project.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import { asker, type ClientCertificate } from "../../http/exchange.ts";
import { documentFetcher, isOnLoopback } from "../../http/fetch-document.ts";
import { embeddedFetcher } from "../../issuer/fetch-embedded.ts";
import { requestToken, runningIssuerOf } from "../../session/running-issuer.ts";
import type { RunningIssuer } from "../../session/running-sessions.ts";
import { outcomesAsJunit } from "../../smoke/junit.ts";
import { exitCodeOf, isUnasked, outcomesAsDocument, type SmokeOutcome, type UnaskedApi } from "../../smoke/outcome.ts";
import { runSmoke, type SmokeOptions, type SmokeWorld } from "../../smoke/smoke.ts";
import { granter } from "../../wso2/grants.ts";
import type { GrantToken } from "../../wso2/token-request.ts";
import { appAssembly } from "../app-assembly.ts";
import type { CliCommand } from "../command.ts";
import { clientCredentials } from "../credentials.ts";
import { makeFolder } from "../folder.ts";
import { readGivenFile } from "../given-file.ts";
import type { Io } from "../io.ts";
import { contextOption, parseSeconds } from "../options.ts";
import { outcomesAsText } from "../reports/smoke-report.ts";
import { apisToAsk, type DeployedApi } from "../smoke-apis.ts";
import { type SmokeTarget, smokeTarget } from "../smoke-target.ts";

interface SmokeCommandOptions {
  readonly url?: string;
  readonly outputs?: string;
  readonly stack?: string;
  readonly env?: string;
  readonly context: GivenContext;
  readonly assembly?: string;
  readonly api?: string;
  readonly junit?: string;
  readonly json?: boolean;
  readonly wait: number;
  readonly timeout: number;
  readonly waitExpiry?: boolean;
  readonly requireToken?: boolean;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

const HELP = `
From the environment, never from the command line, and sent only over https:
  WSO2_CLIENT_ID, WSO2_CLIENT_SECRET              an application of the authorizer's audience: its tokens must be accepted
  WSO2_OTHER_CLIENT_ID, WSO2_OTHER_CLIENT_SECRET  another application: its tokens must be rejected
  WSO2_EXPIRED_TOKEN                              an expired token: it must be rejected
Exit code: 0 nothing failed, 1 something did, 2 the API could not be reached.`;

export const smoke: CliCommand<SmokeCommandOptions> = {
  mistakeExit: 2,
  define: (command) => {
    command
      .addOption(new Option("--url <url>", "test the API at this URL, with its stage's or domain's path"))
      .addOption(
        new Option("--outputs <file>", "read the URL from the file of 'cdk deploy --outputs-file'").conflicts("url"),
      )
      .addOption(
        new Option("--stack <name>", "use only this stack of that file (default: each of the environment's)").conflicts(
          "url",
        ),
      )
      .option("--env <name>", "compare with this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .option("--assembly <dir>", "compare with this cloud assembly instead, of any CDK app")
      .option("--api <name>", "compare with this API of the assembly, by its name or logical id")
      .option("--junit <file>", "write JUnit XML to this file, for a pipeline")
      .option("--json", "print one JSON document")
      .option("--wait <seconds>", "wait this long for an API that does not answer yet", parseSeconds, 30)
      .option("--timeout <seconds>", "limit each request to this long", parseSeconds, 15)
      .option("--require-token", "fail if no real token was accepted, such as for lack of credentials")
      .option("--wait-expiry", "wait until the real token expires, and check that it is rejected")
      .option("--client-cert <file>", "send this client certificate (PEM), for mutual TLS")
      .option("--client-key <file>", "sign with its key (PEM)")
      .addHelpText("after", HELP);
  },
  run: async ({ options: wanted }, io) => {
    const target = smokeTarget({ ...wanted, appAssembly: await appAssembly(wanted, io) }, io);
    const write = junitWriter(wanted.junit, io);
    const outcomes: SmokeOutcome[] = [];
    try {
      const clientCert = clientCertificate(wanted, io);
      const apis = apisToAsk(wanted, target, io);
      const asked = await Promise.all(apis.map((api) => smokeOptions(api, { wanted, target, clientCert }, io)));
      for (const options of asked) outcomes.push(await outcomeOf(options, io));
    } catch (error) {
      if (error instanceof Mistake) write(outcomesAsJunit([...outcomes, unasked(error, target.environment.name, io)]));
      throw error;
    }
    write(outcomesAsJunit(outcomes));
    const [first, second] = outcomes;
    if (first && isUnasked(first) && second === undefined) throw first.mistake;
    io.out(wanted.json ? jsonText(outcomesAsDocument(outcomes), 2) : outcomesAsText(outcomes, io));
    return exitCodeOf(outcomes);
  },
};

/** A region that cannot be asked keeps no other from being asked; who stops the command stops all. */
async function outcomeOf(options: SmokeOptions, io: Io): Promise<SmokeOutcome> {
  if (io.stopped.aborted) throw STOPPED;
  try {
    return await runSmoke(options);
  } catch (error) {
    if (!(error instanceof Mistake) || error === STOPPED) throw error;
    return unasked(error, options.environment.name, io, options.outputs?.stack);
  }
}

const unasked = (mistake: Mistake, environment: string, io: Io, stack: string | null = null): UnaskedApi => ({
  stack,
  environment,
  checkedAt: new Date(io.nowMs()).toISOString(),
  passed: false,
  mistake,
});

interface SmokeRequest {
  readonly wanted: SmokeCommandOptions;
  readonly target: SmokeTarget;
  readonly clientCert: ClientCertificate | undefined;
}

async function smokeOptions(
  { url, outputs }: DeployedApi,
  { wanted, target: { environment, listed }, clientCert }: SmokeRequest,
  io: Io,
): Promise<SmokeOptions> {
  const deadlineMs = wanted.timeout * 1_000;
  const running = isOnLoopback(new URL(url)) ? runningIssuerOf(environment.issuer, io.env, io.cwd) : undefined;
  const world: SmokeWorld = {
    ask: asker({ deadlineMs, clientCertificate: clientCert, connectTo: outputs?.endpoint }),
    fetchDocument: running ? embeddedFetcher(running) : documentFetcher(),
    nowMs: io.nowMs,
    sleep: (milliseconds) => sleep(milliseconds, io.stopped),
  };
  return {
    url,
    environment,
    listed,
    outputs,
    waitMs: wanted.wait * 1_000,
    waitExpiry: wanted.waitExpiry === true,
    requireToken: wanted.requireToken === true,
    onProgress: (step) => io.err(io.paint.dim(printable(`${step} …`))),
    world,
    // The issuer is shown no certificate: that one is the API's affair.
    ...(await tokensFrom(io.env, environment.issuer, { ...world, ask: asker({ deadlineMs }) }, running)),
  };
}

/** Real tokens: by credentials of the environment or, on this machine, from the running embedded issuer. */
async function tokensFrom(
  env: Io["env"],
  issuer: string,
  world: SmokeWorld,
  running: RunningIssuer | undefined,
): Promise<Pick<SmokeOptions, "grantToken" | "grantOther" | "expiredToken">> {
  const grantToken = byCredentials(env, "WSO2", issuer, world);
  const grantOther = byCredentials(env, "WSO2_OTHER", issuer, world);
  const expiredToken = env.WSO2_EXPIRED_TOKEN;
  if (!running) return { grantToken, grantOther, expiredToken };
  const minted =
    (more: object): GrantToken =>
    async (scopes) => ({
      kind: "granted",
      token: await requestToken(running, { scopes, ...more }),
      expiresInSeconds: undefined,
    });
  return {
    grantToken: grantToken ?? minted({}),
    grantOther: grantOther ?? minted({ flaw: "wrong-audience" }),
    expiredToken: expiredToken ?? (await requestToken(running, { flaw: "expired" })),
  };
}

function byCredentials(env: Io["env"], prefix: string, issuer: string, world: SmokeWorld): GrantToken | undefined {
  const credentials = clientCredentials(env, prefix);
  return credentials && granter(issuer, credentials, world);
}

/** What the API's domain asks of clients with mutual TLS. @throws Mistake `client-certificate-missing`, `-incomplete` */
function clientCertificate({ clientCert, clientKey }: SmokeCommandOptions, io: Io): ClientCertificate | undefined {
  if (clientCert === undefined && clientKey === undefined) return undefined;
  if (clientCert === undefined || clientKey === undefined)
    throw new Mistake("client-certificate-incomplete", {
      what: "a client shows a certificate, and signs with its key",
      got: clientCert === undefined ? "only --client-key" : "only --client-cert",
      expected: "both files, PEM",
      fix: "--client-cert FILE --client-key FILE",
    });
  const read = (file: string) =>
    readGivenFile(resolve(io.cwd, file), "client-certificate-missing", {
      what: "a file of the client's certificate cannot be read",
      expected: "PEM files: the certificate, and its key without a passphrase",
      fix: "give the paths of files that are there",
    });
  return { cert: read(clientCert), key: read(clientKey) };
}

function junitWriter(file: string | undefined, io: Io): (text: string) => void {
  return (text) => {
    if (file === undefined) return;
    const path = resolve(io.cwd, file);
    try {
      makeFolder(dirname(path));
      writeFileSync(path, text);
    } catch (cause) {
      throw new Mistake(
        "junit-unwritable",
        {
          what: "the JUnit file cannot be written",
          got: `${path}: ${cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error"}`,
          expected: "a file in a folder that may be written to",
          fix: "give another --junit FILE",
        },
        { cause },
      );
    }
  };
}

/** Ends at once on Ctrl-C. */
const sleep = (milliseconds: number, stopped: AbortSignal) =>
  new Promise<void>((done, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(STOPPED);
    };
    const timer = setTimeout(() => {
      stopped.removeEventListener("abort", stop);
      done();
    }, milliseconds);
    if (stopped.aborted) stop();
    stopped.addEventListener("abort", stop, { once: true });
  });

const STOPPED = new Mistake("stopped", {
  what: "stopped before it was done",
  got: "Ctrl-C",
  expected: "all checks",
  fix: "run it again",
});
