import { beforeAll, describe, expect, test } from "vitest";
import { type GivenProject, givenProject } from "./given-project.ts";
import { type Said, Terminal } from "./run-cli.ts";

const ISSUER = "https://is.example.com:9443/oauth2/token";
const AUDIENCE = "ordersApplication0001";
const terminal = new Terminal();
let project: GivenProject;

beforeAll(async () => {
  project = await givenProject(
    { name: ISSUER, audience: AUDIENCE, scopes: ["orders:read"] },
    {
      dev: {
        issuer: ISSUER,
        audience: [AUDIENCE],
        routes: [
          { method: "GET", path: "/{proxy+}", public: true },
          { method: "ANY", path: "/orders/{id}", public: true },
          { method: "GET", path: "/orders/{id}", scopes: ["orders:write"] },
          { method: "GET", path: "/me" },
        ],
      },
    },
    [{}],
  );
});

const explained = (argv: readonly string[], stdin?: string): Promise<Said> =>
  terminal.run(["explain", ...argv, "--jwks", "jwks.json"], {
    cwd: project.folder,
    ...(stdin === undefined ? {} : { stdin }),
  });

describe("explain --route", () => {
  test("takes the route that the gateway takes, not the first in the file that fits", async () => {
    const { exitCode, out } = await explained([...project.tokens, "--route", "GET /orders/42", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      verdict: "deny",
      status: 403,
      rule: "scope",
      asked: { route: "GET /orders/{id}", scopes: ["orders:write"] },
    });
    expect(exitCode).toBe(1);
  });

  test.each([
    ["GET /orders/42/items", "GET /{proxy+}"],
    ["POST /orders/42", "ANY /orders/{id}"],
    ["ANY /orders/{id}", "ANY /orders/{id}"],
  ])("finds that %s is taken by the public route %s", async (asked, key) => {
    const { exitCode, out } = await explained([...project.tokens, "--route", asked, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ public: true, route: key });
    expect(exitCode).toBe(0);
  });

  test.each(["POST /nowhere", "garbage"])("says that no route takes %s", async (asked) => {
    const { exitCode, err } = await explained([...project.tokens, "--route", asked]);
    expect(err).toContain("mistake route-unknown");
    expect(exitCode).toBe(2);
  });
});

test("explain - reads the token from standard input", async () => {
  const { exitCode } = await explained(["-", "--route", "GET /me"], `Bearer ${project.tokens.join("")}\n`);
  expect(exitCode).toBe(0);
});
