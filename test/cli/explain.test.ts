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

const token = () => project.tokens.join("");

const askedIn = ({ folder, tokens }: GivenProject, ...argv: string[]) =>
  terminal.run(["explain", ...tokens, "--jwks", "jwks.json", ...argv], { cwd: folder });

describe("explain - reads from standard input", () => {
  test.each([
    ["a token", () => token(), "a token"],
    ["a header", () => `Authorization: Bearer ${token()}\n`, "a header authorization"],
    ["the answer of a token endpoint", () => JSON.stringify({ access_token: token() }), "the member access_token"],
    ["quotes", () => JSON.stringify(token()), "a token in quotes"],
    ["a curl command", () => `curl -H 'Authorization: Bearer ${token()}' https://api.example.com/me`, "a curl command"],
    ["raw HTTP", () => `GET /me HTTP/1.1\r\nauthorization: Bearer ${token()}\r\n\r\n`, "a raw HTTP request"],
  ])("%s", async (_, text, found) => {
    const { exitCode, out } = await explained(["-"], text());
    expect(out).toContain(`read        ${found}`);
    expect(out).toMatch(/^allowed/);
    expect(exitCode).toBe(0);
  });

  test("the route of a request at hand is the one whose scopes count", async () => {
    const { exitCode, out } = await explained(
      ["-", "--json"],
      `curl -H 'Authorization: Bearer ${token()}' 'https://api.example.com/orders/42?a=1'`,
    );
    expect(JSON.parse(out)).toMatchObject({ status: 403, rule: "scope", asked: { route: "GET /orders/{id}" } });
    expect(exitCode).toBe(1);
  });

  test("a request without a token is refused as such", async () => {
    const { exitCode, out } = await explained(["-"], "curl https://api.example.com/me");
    expect(out).toMatch(/^refused {2}by the rule identity-source/);
    expect(exitCode).toBe(1);
  });

  test("a request that no route takes: the note says so, and what it looked at", async () => {
    const { out } = await explained(
      ["-"],
      `curl -X POST -H 'Authorization: ${token()}' https://api.example.com/orders`,
    );
    expect(out).toContain("no route takes POST /orders");
    expect(out).toContain("dev in cdk.json, without what the stack adds");
  });

  test("several entries are listed, and --entry explains one; no token is printed", async () => {
    const entry = (path: string, status: number) => ({
      request: {
        method: "GET",
        url: `https://api.example.com${path}`,
        headers: [{ name: "authorization", value: token() }],
      },
      response: { status, headers: [], content: {} },
    });
    const har = JSON.stringify({ log: { entries: [entry("/me?access_token=secret", 200), entry("/orders/1", 403)] } });
    const list = await explained(["-"], har);
    expect(list.out).toMatch(/1 {2}200 {2}GET https:\/\/api.example.com\/me {2}with a token\n/);
    expect(list.out).not.toContain("secret");
    expect(list.exitCode).toBe(2);
    const one = await explained(["-", "--entry", "2"], har);
    expect(one.out).toMatch(/^refused {2}by the rule scope/);
    expect(`${list.out}${one.out}`).not.toContain(token().slice(0, 40));
    expect((await explained(["-", "--entry", "3"], har)).err).toContain("mistake entry-unknown");
  });

  test("a shell variable is not taken for a token", async () => {
    const { exitCode, err } = await explained(
      ["-"],
      'curl -H "Authorization: Bearer $TOKEN" https://api.example.com/me',
    );
    expect(err).toContain("mistake evidence-variable");
    expect(err).toContain("$TOKEN");
    expect(exitCode).toBe(2);
  });
});

describe("explain of an answer, without a token", () => {
  const line = {
    requestId: "x=",
    routeKey: "GET /me",
    status: "401",
    authorizerError: "-",
    integrationErrorMessage: "-",
    errorMessage: "Unauthorized",
    integrationStatus: "-",
  };
  const logged = (fields: object) => JSON.stringify({ ...line, ...fields });

  test.each([
    [
      "an error of the authorizer",
      logged({ authorizerError: "invalid_token: the token does not have a valid audience" }),
      "neither aud nor",
    ],
    ["8.4: a Lambda authorizer's missing source", logged({}), "identity sources name is missing"],
    [
      "C4: a preflight before an authorizer",
      logged({ httpMethod: "OPTIONS", path: "/me" }),
      "taken by an ANY or $default route",
    ],
    [
      "C6: a preflight without CORS",
      logged({ httpMethod: "OPTIONS", path: "/me", routeKey: "-", status: "404" }),
      "the API has no CORS of its own",
    ],
    [
      "6.3: no route",
      logged({ routeKey: "-", status: "404", errorMessage: "Not Found" }),
      "no route or stage takes the request",
    ],
    ["6.24: the throttle", logged({ status: "429" }), "more requests than the throttle"],
    ["Lambda's own throttle", logged({ status: "429", integrationStatus: "429" }), "no concurrency was left"],
    [
      "6.19: a function that failed",
      logged({
        status: "500",
        integrationErrorMessage:
          "The Lambda function returned the following error: x. Check your Lambda function code and try again.",
      }),
      "the function behind the route failed",
    ],
    ["6.18: a function that may not be called", '{"message":"Internal Server Error"}', "may not call the function"],
    ["6.21: a body that is too large", '{"message":"Request Entity Too Large"}', "more than 10 MB"],
    [
      "a challenge",
      'www-authenticate: Bearer scope="" error="invalid_token" error_description="issuer does not match"',
      "iss is not, character by character",
    ],
    ["a challenge without anything", "www-authenticate: Bearer", "carries no token"],
    ["a body that says little", '{"message":"Unauthorized"}', "npx gatehouse explain -"],
    ["8.6: a no with several causes", '{"message":"Forbidden"}', "does not cover this one"],
    [
      "the Common Log Format",
      '192.0.2.1 - - [26/Nov/2026:07:00:00 +0000] "GET GET /me HTTP/1.1" 503 33 Mc7UVioPPHcEKPA= -',
      "longer than its timeout",
    ],
  ])("%s", async (_, text, cause) => {
    const { exitCode, out } = await explained(["-"], text);
    expect(out.replace(/\s+/g, " ")).toContain(cause);
    expect(out).toMatch(/^refused/);
    expect(exitCode).toBe(1);
  });

  test("what the integration itself answered is not a refusal", async () => {
    const text = logged({ status: "404", errorMessage: "-", integrationStatus: "200" });
    const { exitCode, out } = await explained(["-"], text);
    expect(out).toMatch(/^not refused/);
    expect(exitCode).toBe(0);
  });

  test("--error takes a whole line as well", async () => {
    const { out } = await explained(["--error", logged({ status: "429" })]);
    expect(out).toContain("more requests than the throttle");
  });

  test("--json has findings in the one shape", async () => {
    const { out } = await explained(["-", "--json"], '{"message":"Not Found"}');
    expect(JSON.parse(out)).toMatchObject({
      verdict: "deny",
      found: "the body of an answer",
      status: 404,
      findings: [{ code: "no-route", level: "fail", fact: "6.3", confidence: "DOC" }],
    });
  });
});

describe("explain takes the environment whose issuer and audience are the token's", () => {
  const PROD = "https://is.prod.example.com/oauth2/token";
  const routes = [{ method: "GET", path: "/me" }];
  const dev = { issuer: ISSUER, audience: [AUDIENCE], routes };
  const prod = { issuer: PROD, audience: ["ordersProd0000000001"], routes };
  let projects: Readonly<Record<"ofProd" | "near", GivenProject>>;

  beforeAll(async () => {
    const issuer = { name: PROD, audience: "ordersProd0000000001" };
    projects = {
      ofProd: await givenProject(issuer, { dev, prod, lambda: { ...prod, issuer: ISSUER, authorizer: "lambda" } }, [
        {},
      ]),
      near: await givenProject({ ...issuer, audience: "another" }, { dev, prod }, [{}]),
    };
  });

  test("without --env", async () => {
    const { exitCode, out } = await askedIn(projects.ofProd);
    expect(out).toContain("authorizer  of the environment prod\n");
    expect(out).toContain("note        the environment prod takes the token's issuer and audience");
    expect(exitCode).toBe(0);
  });

  test("with --env the named one counts, and its remedy never is to write the other's issuer into it", async () => {
    const { exitCode, out } = await askedIn(projects.ofProd, "--env", "dev");
    expect(out).toMatch(/^refused/);
    expect(out).toContain("the token is for the environment prod");
    expect(out).not.toContain("write into the environment's issuer");
    expect(out).not.toContain("add the application's client id");
    expect(exitCode).toBe(1);
  });

  test("where none takes the token, the nearest, and in which it differs", async () => {
    const { exitCode, out } = await askedIn(projects.near);
    expect(out).toContain("the environment prod comes nearest, with the token's issuer and another audience");
    expect(out).toMatch(/^refused {2}by the rule audience/);
    expect(exitCode).toBe(1);
  });

  test("8.6: in lambda mode a refusal is 403 without a challenge, and a missing token 401 without a text", async () => {
    const json = async (...argv: string[]) =>
      JSON.parse((await askedIn(projects.ofProd, "--json", ...argv)).out) as object;
    expect(await json("--env", "lambda")).toMatchObject({
      status: 403,
      answer: { headers: {}, body: '{"message":"Forbidden"}', accessLogError: "invalid_token: issuer does not match" },
    });
    const { out } = await terminal.run(["explain", "--env", "lambda", "--json"], { cwd: projects.ofProd.folder });
    expect(JSON.parse(out)).toMatchObject({ status: 401, answer: { headers: {}, accessLogError: "-" } });
  });
});
