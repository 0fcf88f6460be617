import type { ConformanceCase } from "./case.ts";
import { makeToken, type Signer } from "./token-recipe.ts";

/** A case's request, with its token filled in. */
export interface CaseRequest {
  readonly routeKey: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly query: string;
}

/** What came back. What a subject cannot see is undefined and is not compared. */
export interface Answered {
  readonly status: number;
  readonly body?: string;
  readonly challenge?: string | null;
  readonly rule?: string;
  readonly log?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly scopes?: readonly string[] | null;
}

/** Somebody who is asked all cases: the rules, the gateway, the mirror's bundle, a URL. */
export interface Subject {
  readonly name: string;
  ask(request: CaseRequest): Promise<Answered>;
}

/** One thing that is not as it should be. */
export interface Difference {
  readonly what: string;
  readonly got: unknown;
  readonly expected: unknown;
}

async function requestOf(row: ConformanceCase, signer: Signer, nowSeconds: number): Promise<CaseRequest> {
  const { headers, query = "" } = row.send ?? { headers: [["Authorization", "Bearer {token}"] as const] };
  const token = await makeToken(row.token ?? {}, signer, nowSeconds);
  return {
    routeKey: row.route ?? "GET /me",
    headers: (headers ?? []).map(([name, value]) => [name, value.replaceAll("{token}", token)] as const),
    query: query.replaceAll("{token}", token),
  };
}

/** Asks one case and answers what differs from what it expects. */
export async function runCase(
  row: ConformanceCase,
  subject: Subject,
  signer: Signer,
  nowSeconds: number,
): Promise<readonly Difference[]> {
  return differences(row, await subject.ask(await requestOf(row, signer, nowSeconds)));
}

function differences({ expect }: ConformanceCase, answered: Answered): readonly Difference[] {
  const found: Difference[] = [];
  const compare = (what: string, got: unknown, expected: unknown) => {
    if (got !== undefined && expected !== undefined && JSON.stringify(got) !== JSON.stringify(expected))
      found.push({ what, got, expected });
  };
  compare("status", answered.status, expect.status);
  compare("body", answered.body, expect.body);
  compare("www-authenticate", answered.challenge, expect.challenge);
  compare("rule", answered.rule, expect.rule);
  compare("access log", answered.log, expect.log);
  compare("scopes", answered.scopes, expect.scopes);
  for (const [name, value] of Object.entries(expect.claims ?? {}))
    if (answered.claims) compare(`claim ${name}`, answered.claims[name] ?? null, value);
  return found;
}
