import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Mirror from "../../lambda/authorizer.ts";
import { readThemes } from "../../lib/conformance/case.ts";
import { CONFORMANCE_API } from "../../lib/conformance/conformance-api.ts";
import { type Answered, runCase, type Subject } from "../../lib/conformance/run-case.ts";
import { AUDIENCES, ISSUER, type Signer } from "../../lib/conformance/token-recipe.ts";
import { discoveryUrlOf } from "../../lib/keys/discovery.ts";
import { type Gateway, type RequestRecord, startGateway } from "../../lib/local/gateway/gateway.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/local/issuer/embedded-issuer.ts";
import { authorize } from "../../lib/rules/authorize.ts";
import { authorizerErrorOf, bodyOf, challengeOf } from "../../lib/rules/challenge.ts";
import { claimsAsText } from "../../lib/rules/claims-text.ts";
import type { FindKey } from "../../lib/rules/decision.ts";
import { credentialAt, readIdentitySource } from "../../lib/rules/identity-source.ts";
import { readKeySet } from "../../lib/rules/key-set.ts";
import { rawGet } from "./raw-get.ts";

// One table, three implementations: the rules, the gateway over HTTP, and the mirror's bundle as it would be deployed.

const THEMES = readThemes(join(import.meta.dirname, "..", "cases"));
const NOW_SECONDS = 1_800_000_000;

let issuer: EmbeddedIssuer;
let gateway: Gateway;
let signer: Signer;
let findKey: FindKey;
const subjects: Subject[] = [];
const records = new Map<string, RequestRecord>();

beforeAll(async () => {
  issuer = await startEmbeddedIssuer({
    issuer: ISSUER,
    clients: AUDIENCES.map((clientId) => ({ clientId, clientSecret: "s", audience: [], scopes: [] })),
    port: 0,
    nowSeconds: () => NOW_SECONDS,
    isConformanceIssuer: true,
  });
  signer = { kid: issuer.kid, sign: (request) => issuer.signRaw(request) };
  const jwks = await (await fetch(issuer.locate("https://is.example.com/oauth2/jwks"))).text();
  const set = readKeySet(jwks);
  findKey = (kid) => set?.byKid.get(kid) ?? { kind: "unknown", kids: [] };
  gateway = await startGateway({
    api: CONFORMANCE_API,
    port: 0,
    keysFor: () => findKey,
    nowMs: () => NOW_SECONDS * 1_000,
    onRequest: (record) => void records.set(record.requestId, record),
  });
  subjects.push(rulesSubject(), gatewaySubject(), await mirrorSubject(jwks));
});

afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

test("the table covers sections 1 to 5 with more than 180 cases, and no id is used twice", () => {
  const all = THEMES.flatMap(({ name, cases }) => cases.map(({ id }) => `${name}/${id}`));
  expect(all.length).toBeGreaterThanOrEqual(180);
  expect(new Set(all).size).toBe(all.length);
});

for (const { name, theme, cases } of THEMES)
  describe(`${name}: ${theme}`, () => {
    for (const row of cases)
      test(`${row.source} [${row.confidence}] ${row.title}`, async () => {
        for (const subject of subjects) {
          const found = await runCase(row, subject, signer, NOW_SECONDS);
          expect(found.map((difference) => ({ subject: subject.name, ...difference }))).toEqual([]);
        }
      });
  });

function rulesSubject(): Subject {
  return {
    name: "rules",
    ask: async ({ routeKey, headers, query }) => {
      const { authorization } = CONFORMANCE_API.routes.find(({ key }) => key === routeKey) ?? {};
      if (authorization?.kind !== "jwt") return { status: 200 };
      const source = readIdentitySource(authorization.authorizer.identitySource[0] ?? "");
      if (!source) throw new Error("the conformance API has an unknown identity source");
      const credential = credentialAt(source, {
        header: (header) =>
          joined(headers.filter(([one]) => one.toLowerCase() === header).map(([, value]) => value.trim())),
        query: (one) => joined(new URLSearchParams(query).getAll(one)),
      });
      const { authorizer: policy, scopes } = authorization;
      const decision = await authorize({ credential, policy, scopes }, findKey, NOW_SECONDS);
      if (decision.allowed) return { status: 200, claims: claimsAsText(decision.token), scopes: decision.scopes };
      return {
        status: decision.status,
        body: bodyOf(decision),
        challenge: challengeOf(decision) ?? null,
        rule: decision.rule,
        log: authorizerErrorOf(decision),
      };
    },
  };
}

function gatewaySubject(): Subject {
  return {
    name: "gateway",
    ask: async ({ routeKey, headers, query }) => {
      const target = `${routeKey.replace("GET ", "")}${query === "" ? "" : `?${query}`}`;
      const raw = await rawGet(gateway.port, target, headers);
      const record = records.get(raw.headers.get("apigw-requestid") ?? "");
      const answered: Answered = {
        status: raw.status,
        body: raw.body,
        challenge: raw.headers.get("www-authenticate") ?? null,
      };
      if (raw.status === 200) {
        const { authorizer } = JSON.parse(raw.body) as {
          authorizer: { jwt: { claims: Record<string, string>; scopes: string[] | null } } | null;
        };
        return authorizer ? { status: 200, ...authorizer.jwt } : { status: 200 };
      }
      const rule = record?.decision && !record.decision.allowed ? record.decision.rule : undefined;
      return { ...answered, ...(rule === undefined ? {} : { rule }), log: record?.accessLogLine() ?? "-" };
    },
  };
}

/** As API Gateway calls it: not at all where the identity source is missing (8.4), 403 for its no (8.6). */
async function mirrorSubject(jwks: string): Promise<Subject> {
  const outfile = join(mkdtempSync(join(tmpdir(), "gatehouse-mirror-")), "index.cjs");
  const entry = join(import.meta.dirname, "..", "..", "lambda", "authorizer.ts");
  await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile,
  });
  const { createMirror } = createRequire(import.meta.url)(outfile) as typeof Mirror;
  const routes = CONFORMANCE_API.routes.flatMap(({ key, authorization }) =>
    authorization.kind === "jwt" ? [[key, authorization] as const] : [],
  );
  const discovery = JSON.stringify({ issuer: ISSUER, jwks_uri: "https://is.example.com/oauth2/jwks" });
  const ask = createMirror(
    { issuer: ISSUER, audience: AUDIENCES, routeScopes: new Map(routes.map(([key, { scopes }]) => [key, scopes])) },
    {
      fetchDocument: (url) => Promise.resolve(url === discoveryUrlOf(ISSUER) ? discovery : jwks),
      nowMs: () => NOW_SECONDS * 1_000,
      log: () => undefined,
    },
  );
  return {
    name: "mirror",
    ask: async ({ routeKey, headers, query }) => {
      const authorization = new Map(routes).get(routeKey);
      if (!authorization) return { status: 200 };
      const value = authorization.authorizer.identitySource[0]?.startsWith("$request.header")
        ? joined(headers.filter(([name]) => name.toLowerCase() === "authorization").map(([, one]) => one.trim()))
        : joined(new URLSearchParams(query).getAll("access_token"));
      if (value === undefined || value === "") return { status: 401, rule: "identity-source" };
      const { isAuthorized, context } = await ask({ routeKey, identitySource: [value] });
      if (!isAuthorized)
        return { status: context.rule === "scope" ? 403 : 401, rule: context.rule ?? "", log: context.error ?? "" };
      return {
        status: 200,
        claims: JSON.parse(context.claims ?? "{}") as Record<string, string>,
        scopes: JSON.parse(context.scopes ?? "null") as string[] | null,
      };
    },
  };
}

const joined = (values: readonly string[]) => (values.length === 0 ? undefined : values.join(","));
