import pc from "picocolors";
import { describe, expect, test } from "vitest";
import type { RouteModel } from "../../../lib/assembly/model.ts";
import { asUnserved } from "../../../lib/assembly/unserved.ts";
import { reloadAsJson, reloadAsText } from "../../../lib/cli/reports/reload-report.ts";
import { Mistake } from "../../../lib/findings/mistake.ts";
import type { Differences } from "../../../lib/session/reload/differences.ts";
import type { ReloadEvent } from "../../../lib/session/reload/hot-reload.ts";

const PLAIN = pc.createColors(false);
const NONE: Differences = { functions: [], added: [], removed: [], changed: [], other: [], unserved: [], findings: [] };

const route = (key: string, scopes: readonly string[] | undefined): RouteModel => ({
  key,
  logicalId: key,
  authorization:
    scopes === undefined
      ? { kind: "none" }
      : {
          kind: "jwt",
          scopes,
          authorizer: { id: "Jwt", name: "jwt", issuer: "https://is.example.com", audience: [], identitySource: [] },
        },
  integration: { kind: "http", method: "GET", uri: "https://backend.example.com", timeoutMs: 1 },
});

const reloaded = (differences: Partial<Differences>, changed = ["cdk.json"]): ReloadEvent => ({
  kind: "reloaded",
  changed,
  durationMs: 86.6,
  differences: { ...NONE, ...differences },
});

const failed: ReloadEvent = {
  kind: "failed",
  changed: ["lambda/business.ts"],
  durationMs: 12,
  mistake: new Mistake("build-broken", {
    what: "business.ts does not build",
    got: 'lambda/business.ts:3:5: Expected ";"\nfoo bar',
    expected: "sources that esbuild can bundle",
    fix: "put right lambda/business.ts:3",
  }),
  place: { file: "lambda/business.ts", line: 3, column: 5 },
};

describe("a person reads", () => {
  test("one line for a function: what changed, how long it took, what is new", () => {
    expect(reloadAsText(reloaded({ functions: ["Business"] }, ["lambda/business.ts"]), PLAIN)).toBe(
      "reloaded in 87 ms: lambda/business.ts → Business",
    );
  });

  test("one line for routes, with what each asks for now", () => {
    const differences = {
      added: [route("GET /new", undefined)],
      removed: [route("GET /old", [])],
      changed: [route("GET /orders", ["orders:read", "orders:write"])],
      other: ["CORS"],
    };
    expect(reloadAsText(reloaded(differences), PLAIN)).toBe(
      "reloaded in 87 ms: cdk.json → GET /new is new (public), GET /old is gone, GET /orders (a token with orders:read or orders:write), CORS",
    );
  });

  test("three files by name and how many more there are", () => {
    expect(reloadAsText(reloaded({ functions: ["F"] }, ["a.ts", "b.ts", "c.ts", "d.ts", "e.ts"]), PLAIN)).toContain(
      ": a.ts, b.ts, c.ts and 2 more → F",
    );
  });

  test("what cannot be served any more, with what to do about it", () => {
    const unserved = [asUnserved("Api/Link", "AWS::ApiGatewayV2::VpcLink", { what: "no network", fix: "deploy" })];
    expect(reloadAsText(reloaded({ unserved }), PLAIN).split("\n")[1]).toBe(
      "Not served  Api/Link (AWS::ApiGatewayV2::VpcLink): no network; deploy",
    );
  });

  test("four parts for what is broken", () => {
    expect(reloadAsText(failed, PLAIN)).toBe(`not reloaded: lambda/business.ts
mistake build-broken
  what      business.ts does not build
  got       lambda/business.ts:3:5: Expected ";"
            foo bar
  expected  sources that esbuild can bundle
  fix       put right lambda/business.ts:3`);
  });

  test("that nothing had to be served again", () => {
    expect(reloadAsText({ kind: "unchanged", changed: ["cdk.json"], durationMs: 3 }, PLAIN)).toBe(
      "nothing to reload: cdk.json",
    );
  });

  test("a file's name that cannot steer the terminal", () => {
    expect(reloadAsText(reloaded({ functions: ["F"] }, ["\u001b[2Jlambda.ts"]), PLAIN)).not.toContain("\u001b");
  });
});

describe("a program reads", () => {
  test("what was served again, by the keys of routes and the names of functions", () => {
    expect(reloadAsJson(reloaded({ functions: ["Business"], added: [route("GET /new", [])] }))).toEqual({
      event: "reloaded",
      changed: ["cdk.json"],
      ms: 87,
      functions: ["Business"],
      routes: { added: ["GET /new"], removed: [], changed: [] },
      other: [],
      notServed: [],
      findings: [],
    });
  });

  test("what is broken and where", () => {
    expect(reloadAsJson(failed)).toMatchObject({
      event: "reload-failed",
      code: "build-broken",
      place: { file: "lambda/business.ts", line: 3, column: 5 },
    });
  });
});
