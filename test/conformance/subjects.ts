import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type * as Mirror from "../../lambda/authorizer.ts";
import type { AuthorizationModel, JwtAuthorizerModel } from "../../lib/assembly/model.ts";
import type { CaseRequest } from "../../lib/conformance/case-request.ts";
import type { OwnGateway } from "../../lib/conformance/own-gateway.ts";
import type { Subject } from "../../lib/conformance/run-case.ts";
import { documentFetcher } from "../../lib/http/fetch-document.ts";
import { authorize } from "../../lib/rules/authorize.ts";
import { authorizerErrorOf, bodyOf, challengeOf } from "../../lib/rules/challenge.ts";
import { claimsAsText } from "../../lib/rules/claims-text.ts";
import { credentialAt, readIdentitySource } from "../../lib/rules/identity-source.ts";

// Two subjects that see a token, and nothing of HTTP around it.

const SEES_NO_HTTP = { unseen: "it sees a token, not a request's way" };

/** The rules with the gateway's own key clients. */
export function rulesSubject({ apis, keysFor }: OwnGateway, nowSeconds: number): Subject {
  return {
    name: "rules",
    hasStillClock: true,
    ask: async (request) => {
      const guard = guardOf(apis, request);
      if (guard === undefined) return SEES_NO_HTTP;
      const credential = credentialOf(guard.authorizer, request);
      const { authorizer: configuration, scopes } = guard;
      const decision = await authorize(
        { credential, configuration, scopes },
        keysFor(configuration.issuer),
        nowSeconds,
      );
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

/**
 * The mirror's bundle as it would be deployed, asked as API Gateway asks it: not at all where the identity source is
 * missing (8.4), and 403 for its no (8.6), for which its rule tells what the native authorizer would say.
 */
export async function mirrorSubject({ apis, issuer }: OwnGateway, nowSeconds: number): Promise<Subject> {
  const { createMirror } = await bundle();
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  const mirrors = new Map<string, ReturnType<typeof createMirror>>();
  const mirrorOf = ({ issuer: name, audience }: JwtAuthorizerModel) => {
    const before = mirrors.get(name);
    if (before) return before;
    const routes = [...apis.values()].flatMap(({ routes: all }) => all);
    const routeScopes = new Map(
      routes.flatMap(({ key, authorization }) =>
        authorization.kind === "jwt" ? [[key, authorization.scopes] as const] : [],
      ),
    );
    const made = createMirror(
      { issuer: name, audience, routeScopes },
      {
        fetchDocument: (url) => fetchDocument(issuer.locate(url)),
        nowMs: () => nowSeconds * 1_000,
        log: () => undefined,
      },
    );
    mirrors.set(name, made);
    return made;
  };
  return {
    name: "mirror",
    hasStillClock: true,
    ask: async (request) => {
      const guard = guardOf(apis, request);
      if (guard === undefined) return SEES_NO_HTTP;
      const value = credentialOf(guard.authorizer, request);
      if (value === undefined || value === "") return { status: 401, rule: "identity-source" };
      const ask = mirrorOf(guard.authorizer);
      const { isAuthorized, context } = await ask({ routeKey: request.routeKey, identitySource: [value] });
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

async function bundle(): Promise<typeof Mirror> {
  const outfile = join(mkdtempSync(join(tmpdir(), "gatehouse-mirror-")), "index.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "..", "..", "lambda", "authorizer.ts")],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile,
  });
  return createRequire(import.meta.url)(outfile) as typeof Mirror;
}

type JwtGuard = Extract<AuthorizationModel, { kind: "jwt" }>;

/** The JWT authorizer of a case's route, where the case is about nothing but a token. */
function guardOf(apis: OwnGateway["apis"], { api, routeKey, isAboutHttp }: CaseRequest): JwtGuard | undefined {
  const authorization = apis.get(api)?.routes.find(({ key }) => key === routeKey)?.authorization;
  return isAboutHttp || authorization?.kind !== "jwt" ? undefined : authorization;
}

/** The value at the authorizer's identity source, as API Gateway reads it. */
function credentialOf({ identitySource: [expression = ""] }: JwtAuthorizerModel, { raw }: CaseRequest) {
  const source = readIdentitySource(expression);
  if (!source) throw new Error(`the conformance API has the unknown identity source ${expression}`);
  const query = new URLSearchParams(raw.target.split("?")[1] ?? "");
  return credentialAt(source, {
    header: (name) =>
      joined(raw.headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value.trim())),
    query: (name) => joined(query.getAll(name)),
  });
}

const joined = (values: readonly string[]) => (values.length === 0 ? undefined : values.join(","));
