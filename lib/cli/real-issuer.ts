import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readAssembly } from "../assembly/read-assembly.ts";
import { type GivenContext, readProjectEnvironment } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";
import { type Ask, asker } from "../http/exchange.ts";
import { type FetchDocument, issuerFetcher } from "../http/fetch-document.ts";
import { DEVICE_GRANT, type DeviceWorld, deviceGranter } from "../wso2/device-flow.ts";
import { granter, passwordGranter } from "../wso2/grants.ts";
import type { GrantToken } from "../wso2/token-request.ts";
import { appAssembly } from "./app-assembly.ts";
import { authoritiesOf } from "./authorities.ts";
import { authorizerIn } from "./checked-authorizer.ts";
import { askedClient, askedPerson } from "./credentials.ts";
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

const wait: DeviceWorld["wait"] = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

export const GRANTS = ["client_credentials", "password", "device_code"] as const;
/** How a token is asked for: by the application for itself, or for a person. */
export type GrantName = (typeof GRANTS)[number];

/** @throws Mistake `credentials-missing`, `credentials-incomplete`, `person-missing` */
export async function grantFrom(
  { issuer, ask, fetchDocument }: RealIssuer,
  grant: GrantName,
  io: Io,
  onPrompt: DeviceWorld["onPrompt"],
): Promise<{ readonly clientId: string; readonly grantToken: GrantToken }> {
  const world = { ask, fetchDocument };
  const client = await askedClient(io, grant, grant !== "client_credentials");
  const { clientId, clientSecret = "" } = client;
  if (grant === "client_credentials")
    return { clientId, grantToken: granter(issuer, { clientId, clientSecret }, world) };
  if (grant === "password")
    return { clientId, grantToken: passwordGranter(issuer, client, await askedPerson(io), world) };
  const { nowMs, stopped } = io;
  return { clientId, grantToken: deviceGranter(issuer, client, { ...world, nowMs, wait, stopped, onPrompt }) };
}

/** A token. @throws Mistake `token-refused`, `issuer-unanswered` */
export async function realToken(
  grantToken: GrantToken,
  { issuer, grant, scopes }: { readonly issuer: string; readonly grant: GrantName; readonly scopes: readonly string[] },
) {
  const granted = await grantToken(scopes);
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
        : grant === "password" && granted.error === "invalid_grant"
          ? "check the person's name and password; an account may be locked"
          : granted.error === "access_denied"
            ? "the person said no, or the application may have none of the requested scopes"
            : `allow the application the grant ${grant === "device_code" ? DEVICE_GRANT : grant} and the requested scopes`,
  });
}
