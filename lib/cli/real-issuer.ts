import { resolve } from "node:path";
import { readAssembly } from "../assembly/read-assembly.ts";
import { type GivenContext, readProjectEnvironment } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";
import { type Ask, asker } from "../http/exchange.ts";
import { type FetchDocument, issuerFetcher } from "../http/fetch-document.ts";
import { type GrantToken, granter } from "../wso2/client-credentials.ts";
import { appAssembly } from "./app-assembly.ts";
import { authoritiesOf } from "./authorities.ts";
import { authorizerIn } from "./checked-authorizer.ts";
import { clientCredentials } from "./client-credentials.ts";
import type { Io } from "./io.ts";

/** Which real issuer a command asks. */
export interface RealIssuerOptions {
  readonly env?: string;
  readonly context?: GivenContext;
  readonly issuer?: string;
  readonly ca?: string;
}

export interface RealIssuer {
  readonly issuer: string;
  /** Its own issuer may be another. Undefined where only an issuer was given, or where the issuer is that of an app's template. */
  readonly environment: NamedEnvironment | undefined;
  /** Those that the routes ask for; none where the issuer was given by itself. */
  readonly scopes: readonly string[];
  readonly ask: Ask;
  readonly fetchDocument: FetchDocument;
}

/** A person waits; WSO2's first answer after a start takes seconds. */
const DEADLINE_MS = 15_000;

/** The issuer that the options name, and how it is asked. @throws Mistake `ca-missing`, `ca-wrong`, and those of the environment or the app */
export async function realIssuerOf(options: RealIssuerOptions, io: Io): Promise<RealIssuer> {
  const { env, context, issuer, ca } = options;
  const directory = await appAssembly(options, io);
  const ofApp = directory === undefined ? undefined : authorizerIn(readAssembly(resolve(io.cwd, directory)), directory);
  const given = issuer ?? ofApp?.issuer;
  const isNamed = given === undefined || env !== undefined;
  const environment = isNamed ? readProjectEnvironment(io.cwd, env, context) : undefined;
  const trusted = given ?? environment?.issuer ?? "";
  const authorities = authoritiesOf(ca, io);
  return {
    issuer: trusted,
    environment,
    scopes: ofApp?.scopes ?? [...new Set(environment?.routes.flatMap(({ scopes }) => scopes))],
    ask: asker({ deadlineMs: DEADLINE_MS, ...authorities }),
    fetchDocument: issuerFetcher(trusted, { deadlineMs: DEADLINE_MS, ...authorities }),
  };
}

/** @throws Mistake `credentials-missing`, `credentials-incomplete` */
export function grantFrom({ issuer, ask, fetchDocument }: RealIssuer, io: Io): GrantToken {
  const credentials = clientCredentials(io.env, "WSO2");
  if (credentials) return granter(issuer, credentials, { ask, fetchDocument });
  throw new Mistake("credentials-missing", {
    what: "a real issuer gives tokens only to an application that it knows",
    got: "no WSO2_CLIENT_ID and WSO2_CLIENT_SECRET in the environment",
    expected: "both, of an application with the grant client_credentials",
    fix: "set -a; . ./FILE; set +a, with the file of 'npx gatehouse wso2 register --out FILE'",
  });
}

/** A token by client credentials. @throws Mistake `token-refused`, `issuer-unanswered` */
export async function realToken(grant: GrantToken, issuer: string, scopes: readonly string[]) {
  const granted = await grant(scopes);
  if (granted.kind === "granted") return granted;
  if (granted.kind === "unanswered")
    throw new Mistake("issuer-unanswered", {
      what: `${issuer} gave no answer`,
      got: `${granted.stage}: ${granted.detail}`,
      expected: "its discovery document, and a token from the token endpoint that it names",
      fix:
        granted.stage === "tls"
          ? "--ca FILE with the PEM of its authority"
          : `npx gatehouse doctor --issuer ${issuer}, which says what is wrong`,
    });
  throw new Mistake("token-refused", {
    what: `${issuer} gave no token`,
    got: [granted.status, granted.error, granted.description].filter((one) => one !== "").join(" "),
    expected: "200 with an access_token",
    fix:
      granted.error === "invalid_client"
        ? "check WSO2_CLIENT_ID and WSO2_CLIENT_SECRET"
        : "allow the application the grant client_credentials and the requested scopes",
  });
}
