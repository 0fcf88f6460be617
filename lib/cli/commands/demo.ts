import { Mistake } from "../../findings/mistake.ts";
import { functionHostOf } from "../../functions/function-host.ts";
import type { RequestRecord } from "../../gateway/request-record.ts";
import { startSession } from "../../session/session.ts";
import type { FlawName } from "../../tokens/flaws.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { Opened } from "../opened.ts";
import { contextOption } from "../options.ts";
import { type PreparedFrom, prepareAssembly } from "../prepared-assembly.ts";

const UNAUTHORIZED = '{"message":"Unauthorized"}';
/** The token's own flaws that the article's fourth step tries, and the rule that must refuse each. */
const REFUSED: readonly (readonly [flaw: FlawName, rule: string])[] = [
  ["expired", "expiry"],
  ["wrong-key", "signature"],
  ["wrong-audience", "audience"],
  ["wrong-issuer", "issuer"],
  ["alg-none", "algorithm"],
];

type DemoOptions = Pick<PreparedFrom, "env" | "context">;

export const demo: CliCommand<DemoOptions> = {
  define: (command) => {
    command
      .option("--env <name>", "use this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .addHelpText("after", "\nExit code: 0 every answer was right, 1 one was not.");
  },
  run: async ({ options }, io) => {
    const opened = new Opened();
    try {
      return await demonstrate(options, opened, io);
    } finally {
      await opened.close();
    }
  },
};

/** @param opened closes all that is opened here */
async function demonstrate(options: PreparedFrom, opened: Opened, io: Io): Promise<number> {
  const { assembly, signingKey, environment } = await prepareAssembly(options, opened, io);
  const records: RequestRecord[] = [];
  const session = opened.own(
    await startSession({
      apis: assembly.apis,
      port: 0,
      issuerPort: 0,
      realIssuer: false,
      functionHost: functionHostOf({ nowMs: io.nowMs }),
      signingKey,
      onRequest: (record) => void records.push(record),
    }),
  );
  return walk(session, records, environment !== null, io);
}

async function walk(
  session: Awaited<ReturnType<typeof startSession>>,
  records: RequestRecord[],
  /** The business function of this project answers with them; that of another app as it likes. */
  answersClaims: boolean,
  io: Io,
): Promise<number> {
  const { paint } = io;
  const [gateway] = session.gateways;
  const [issuer] = session.issuers;
  const route = gateway?.api.routes.find(
    ({ authorization, key }) =>
      authorization.kind === "jwt" && authorization.scopes.length === 0 && key.startsWith("GET "),
  );
  const [client] = issuer?.clients ?? [];
  if (!gateway || !issuer || !route || !client)
    throw new Mistake("demo-route-missing", {
      what: "the demo calls a GET route that asks for a token and for no scope",
      got: gateway?.api.routes.map(({ key }) => key).join(", ") || "no route",
      expected: "such a route, and an embedded issuer for its authorizer",
      fix: "npx gatehouse local, which serves any routes",
    });
  const path = route.key.slice("GET ".length);
  const checks = new Checks(io);

  io.out(paint.bold("1  A service provider of WSO2 gives a JWT for client credentials"));
  const answer = await fetch(issuer.issuerUrl, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString("base64")}`,
    },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: client.scopes.join(" ") }).toString(),
  });
  const { access_token: token = "" } = (await answer.json()) as { access_token?: string };
  const [header = "", payload = ""] = token.split(".");
  io.out(`   POST ${issuer.issuer}`);
  io.out(`   header  ${Buffer.from(header, "base64url").toString()}`);
  io.out(`   claims  ${Buffer.from(payload, "base64url").toString()}`);
  checks.that("the token endpoint answers 200 with a JWT", answer.status === 200 && token.split(".").length === 3);

  io.out(`\n${paint.bold("2  An HTTP API with a Lambda function and a GET route")}`);
  io.out(`   ${gateway.api.name}: ${route.key}, served at ${gateway.url}`);

  io.out(`\n${paint.bold("3  A JWT authorizer on that route")}`);
  if (route.authorization.kind === "jwt") {
    const { name, identitySource, audience } = route.authorization.authorizer;
    io.out(`   name             ${name}`);
    io.out(`   identity source  ${identitySource.join(", ")}`);
    io.out(`   issuer           ${issuer.issuer}`);
    io.out(`   audience         ${audience.join(", ")}`);
  }

  io.out(`\n${paint.bold("4  Try it")}`);
  const ask = async (title: string, credential: string | undefined) => {
    const response = await fetch(
      `${gateway.url}${path}`,
      credential === undefined ? {} : { headers: { authorization: credential } },
    );
    const body = await response.text();
    const challenge = response.headers.get("www-authenticate");
    const decision = records.at(-1)?.decision;
    const rule = decision && !decision.allowed ? decision.rule : undefined;
    io.out(`   GET ${path}  ${title}`);
    io.out(`     ${response.status} ${body}`);
    if (challenge !== null) io.out(`     www-authenticate: ${challenge}`);
    if (rule !== undefined) io.out(`     refused by the rule ${paint.bold(rule)}`);
    return { status: response.status, body, challenge, rule };
  };
  const none = await ask("without a token", undefined);
  checks.that(
    "no token: 401, Unauthorized, www-authenticate: Bearer",
    none.status === 401 && none.body === UNAUTHORIZED && none.challenge === "Bearer",
  );
  const good = await ask("with Bearer <token>", `Bearer ${token}`);
  checks.that(
    `a good token: 200${answersClaims ? " with the caller's claims" : ""}`,
    good.status === 200 && (!answersClaims || claimsOf(good.body)?.iss === issuer.issuer),
  );
  for (const [flaw, expected] of REFUSED) {
    const flawed = await ask(`with a token that is ${flaw}`, `Bearer ${await issuer.mint({ flaw })}`);
    checks.that(
      `${flaw}: 401, refused by the rule ${expected}`,
      flawed.status === 401 && flawed.body === UNAUTHORIZED && flawed.rule === expected,
    );
  }
  return checks.conclude();
}

/** The claims as the business function saw them: all texts. */
function claimsOf(body: string): Record<string, unknown> | undefined {
  const { claims } = JSON.parse(body) as { claims?: Record<string, unknown> | null };
  return claims && Object.values(claims).every((value) => typeof value === "string") ? claims : undefined;
}

class Checks {
  readonly #io: Io;
  #right = 0;
  #wrong = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  that(what: string, isRight: boolean) {
    const { paint } = this.#io;
    if (isRight) this.#right += 1;
    else this.#wrong += 1;
    this.#io.out(`   ${isRight ? paint.green("right") : paint.red("WRONG")}  ${what}`);
  }

  conclude(): number {
    this.#io.out(`\n${this.#right} right, ${this.#wrong} wrong`);
    return this.#wrong === 0 ? 0 : 1;
  }
}
