import { readFileSync } from "node:fs";
import { join } from "node:path";
import { authorize } from "../lib/rules/authorize.ts";
import type { Denied } from "../lib/rules/decision.ts";
import { remedyOfEntry } from "../lib/rules/remedy.ts";
import type { RuleName } from "../lib/rules/rules.ts";
import { traceOf } from "../lib/rules/trace.ts";
import { filled, type Page } from "./marked-page.ts";

// The tables of docs/providers: each row is what the rules themselves say of such a token, so that a page and `gatehouse
// explain` never differ.

type Claims = Readonly<Record<string, unknown>>;

/** A product's page, and what its tokens look like. */
interface ProviderPage {
  /** From docs/providers on. */
  readonly file: string;
  readonly issuer: string;
  /** What an authorizer for it takes. */
  readonly audience: string;
  /** What differs in a token that another application got. */
  readonly other: Claims;
  /** A token for the right application whose client id stands in a claim that is not read. */
  readonly unread?: Claims;
  /** What goes wrong often with the scopes. @default - the token has another scope */
  readonly scopes?: Claims;
  readonly isOpaqueByDefault?: boolean;
  readonly isEncryptedByDefault?: boolean;
}

const CLIENT = "CLIENT_ID";

const PAGES: readonly ProviderPage[] = [
  {
    file: "wso2-is-5.md",
    issuer: "https://HOST:9443/oauth2/token",
    audience: CLIENT,
    other: { aud: "OTHER_CLIENT" },
    isOpaqueByDefault: true,
  },
  {
    file: "wso2-is-7.md",
    issuer: "https://HOST:9443/oauth2/token",
    audience: CLIENT,
    other: { aud: "OTHER_CLIENT" },
    unread: { aud: "https://api.example.com", azp: CLIENT, client_id: CLIENT },
    isOpaqueByDefault: true,
  },
  {
    file: "asgardeo.md",
    issuer: "https://api.asgardeo.io/t/ORGANISATION/oauth2/token",
    audience: CLIENT,
    other: { aud: "OTHER_CLIENT" },
    unread: { aud: "https://api.example.com", azp: CLIENT, client_id: CLIENT },
    isOpaqueByDefault: true,
  },
  {
    file: "thunderid.md",
    issuer: "https://HOST:8090",
    audience: CLIENT,
    other: { aud: "OTHER_CLIENT", client_id: "OTHER_CLIENT" },
  },
  {
    file: "keycloak.md",
    issuer: "https://HOST/realms/REALM",
    audience: CLIENT,
    other: { aud: "OTHER_CLIENT" },
    unread: { aud: "account", azp: CLIENT },
  },
  {
    file: "entra.md",
    issuer: "https://login.microsoftonline.com/TENANT/v2.0",
    audience: "API_CLIENT_ID",
    other: { aud: "00000003-0000-0000-c000-000000000000" },
    unread: { aud: "api://OTHER_API", azp: "API_CLIENT_ID" },
    scopes: { scope: undefined, scp: "orders.read orders.write" },
  },
  {
    file: "auth0.md",
    issuer: "https://TENANT.eu.auth0.com/",
    audience: "API_IDENTIFIER",
    other: { aud: "https://TENANT.eu.auth0.com/userinfo" },
    isEncryptedByDefault: true,
  },
  {
    file: "okta.md",
    issuer: "https://ORG.okta.com/oauth2/default",
    audience: "api://default",
    other: { aud: "https://ORG.okta.com" },
    isOpaqueByDefault: true,
  },
  {
    file: "cognito.md",
    issuer: "https://cognito-idp.REGION.amazonaws.com/POOL_ID",
    audience: "APP_CLIENT_ID",
    other: { aud: undefined, client_id: "OTHER_APP_CLIENT" },
  },
  {
    file: "google.md",
    issuer: "https://accounts.google.com",
    audience: "OAUTH_CLIENT_ID",
    other: { aud: "OTHER_CLIENT" },
    isOpaqueByDefault: true,
  },
];

const NOW_SECONDS = 1_800_000_000;
const encoded = (value: Claims) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Makes every page of docs/providers, from those that stand in the project at `home`. */
export const providerPages = (home: string): readonly Page[] =>
  PAGES.map((page) => {
    const file = join("providers", page.file);
    return { file, text: filled(readFileSync(join(home, "docs", file), "utf8"), "remedies", tableOf(page)) };
  });

const tableOf = (page: ProviderPage): readonly string[] => [
  "| what was sent | cause | what to do |",
  "|---|---|---|",
  ...rowsOf(page).flatMap(({ sent, credential, rule }) => {
    const said = remedyIn(page, credential, rule);
    return said ? `| ${sent} | ${cell(said.cause)} | ${cell(said.remedy)} |` : [];
  }),
];

interface Row {
  readonly sent: string;
  readonly credential: string;
  readonly rule: RuleName;
}

function rowsOf(page: ProviderPage): readonly Row[] {
  const token = (claims: Claims) =>
    `${encoded({ alg: "RS256", kid: "k" })}.${encoded({ ...goodClaims(page), ...claims })}.AA`;
  const changed = page.issuer.endsWith("/") ? page.issuer.slice(0, -1) : `${page.issuer}/`;
  return [
    ...(page.isOpaqueByDefault ? [{ sent: "an opaque token", credential: "opaque", rule: "segments" as const }] : []),
    ...(page.isEncryptedByDefault
      ? [{ sent: "an encrypted token", credential: "a.b.c.d.e", rule: "segments" as const }]
      : []),
    { sent: `\`iss\` is \`${changed}\``, credential: token({ iss: changed }), rule: "issuer" },
    { sent: `a token with ${shown(page.other)}`, credential: token(page.other), rule: "audience" },
    ...(page.unread
      ? [{ sent: `a token with ${shown(page.unread)}`, credential: token(page.unread), rule: "audience" as const }]
      : []),
    {
      sent: page.scopes ? `a token with ${shown(page.scopes)}` : "a token without the route's scope",
      credential: token(page.scopes ?? { scope: "openid" }),
      rule: "scope",
    },
  ];
}

const goodClaims = ({ issuer, audience }: ProviderPage): Claims => ({
  iss: issuer,
  aud: audience,
  scope: "orders:read",
  iat: NOW_SECONDS - 60,
  exp: NOW_SECONDS + 600,
});

const shown = (claims: Claims) =>
  Object.entries(claims)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `\`${name}\` \`${String(value)}\``)
    .join(", ");

/** What the rule says of a token that nobody signed: the trace shows every rule, also those after the one that decided. */
function remedyIn({ issuer, audience }: ProviderPage, token: string, rule: RuleName) {
  const configuration = { issuer, audience: [audience] };
  const decision = authorize(
    { credential: `Bearer ${token}`, configuration, scopes: ["orders:read"] },
    () => ({ kind: "unknown", kids: [] }),
    NOW_SECONDS,
  );
  if (decision instanceof Promise || decision.allowed) throw new Error("a token without a key was accepted");
  return remedyOfRule(decision, rule);
}

function remedyOfRule(decision: Denied, rule: RuleName) {
  const entry = traceOf(decision).find((one) => one.rule === rule);
  return entry?.outcome === "fail" ? remedyOfEntry(entry, decision) : undefined;
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
