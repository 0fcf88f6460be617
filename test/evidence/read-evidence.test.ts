import { describe, expect, test } from "vitest";
import type { Evidence } from "../../lib/evidence/evidence.ts";
import { readEvidence } from "../../lib/evidence/read-evidence.ts";

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzLmV4YW1wbGUuY29tIn0.c2ln";
const BEARER = `Bearer ${TOKEN}`;

function one(text: string): Evidence {
  const read = readEvidence(text);
  if ("unusable" in read) throw new Error(read.what);
  expect(read).toHaveLength(1);
  return read[0] as Evidence;
}

describe("a token is found", () => {
  test.each([
    [TOKEN, TOKEN, "a token"],
    [BEARER, BEARER, "a token after 'Bearer '"],
    [`  ${TOKEN}\n`, TOKEN, "a token"],
    [`"${TOKEN}"`, TOKEN, "a token in quotes"],
    [`'${BEARER}'`, BEARER, "a token after 'Bearer ' in quotes"],
    [JSON.stringify(JSON.stringify(TOKEN)), TOKEN, "a token in quotes in quotes"],
    [`Authorization: ${BEARER}`, BEARER, "a header authorization"],
    [`-H 'authorization: ${BEARER}'`, BEARER, "a header authorization"],
    [`{"access_token":"${TOKEN}","expires_in":3600}`, TOKEN, "the member access_token of a JSON object"],
    [`{"AuthenticationResult":{"AccessToken":"${TOKEN}"}}`, TOKEN, "the member AccessToken of a JSON object"],
    ["2YotnFZFEjr1zCsicMWpAA", "2YotnFZFEjr1zCsicMWpAA", "a credential that is not a signed JWT"],
  ])("%s", (text, credential, found) => {
    expect(one(text)).toEqual({ found, credential });
  });

  test("and what a client sent wrongly stays as it is: the rules say so", () => {
    expect(one(`bearer ${TOKEN}`).credential).toBe(`bearer ${TOKEN}`);
    expect(one(`Authorization: Bearer  ${TOKEN}`).credential).toBe(`Bearer  ${TOKEN}`);
  });
});

describe("a curl command", () => {
  test.each([
    ["curl", `curl -i -H "Authorization: ${BEARER}" https://api.example.com/orders?x=1`, "GET"],
    [
      "over lines",
      `$ curl 'https://api.example.com/orders?x=1' \\\n  -H 'accept: */*' \\\n  -H 'authorization: ${BEARER}' \\\n  --compressed`,
      "GET",
    ],
    ["for cmd", `curl "https://api.example.com/orders?x=1" ^\r\n  -H "authorization: ${BEARER}"`, "GET"],
    ["with a body", `curl https://api.example.com/orders?x=1 -d '{"a":1}' --oauth2-bearer ${TOKEN}`, "POST"],
    [
      "with letters in a row",
      `curl -sSXDELETE -m 5 -H'Authorization: ${BEARER}' https://api.example.com/orders?x=1`,
      "DELETE",
    ],
    [
      "with an option that is not known",
      `curl --max-redirs 5 --header "Authorization: ${BEARER}" https://api.example.com/orders?x=1`,
      "GET",
    ],
  ])("%s", (_, text, method) => {
    const { found, request } = one(text);
    expect(found).toBe("a curl command");
    expect(request).toMatchObject({ method, url: "https://api.example.com/orders?x=1" });
    expect(request?.headers.get("authorization")).toBe(BEARER);
  });

  test("with a user carries Basic, which is not a token", () => {
    expect(one("curl -u me:secret https://api.example.com/").request?.headers.get("authorization")).toMatch(/^Basic /);
  });

  test.each([
    [`curl -H "Authorization: Bearer $TOKEN" https://api.example.com/`, "$TOKEN"],
    ['curl -H "Authorization: Bearer $(npx gatehouse token)" https://api.example.com/', "$(npx"],
    ["curl https://$HOST/me", "$HOST"],
  ])("whose shell variable is not filled in is not judged: %s", (text, got) => {
    expect(readEvidence(text)).toMatchObject({ unusable: "evidence-variable", got });
  });

  test("may hold a dollar sign that no shell acts on", () => {
    expect(one("curl 'https://api.example.com/me?$filter=a'").request?.url).toBe(
      "https://api.example.com/me?$filter=a",
    );
  });

  test.each(["curl 'https://api.example.com/", "curl -i"])("that is not whole is refused: %s", (text) => {
    expect(readEvidence(text)).toMatchObject({ unusable: "evidence-broken" });
  });
});

describe("raw HTTP", () => {
  test("a request", () => {
    const { found, request } = one(
      `GET /orders/42 HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: ${BEARER}\r\n\r\n`,
    );
    expect([found, request?.method, request?.url]).toEqual(["a raw HTTP request", "GET", "/orders/42"]);
    expect(request?.headers.get("authorization")).toBe(BEARER);
  });

  test("what curl -v prints: the request and the answer", () => {
    const { found, request, answer } = one(
      `* Connected\n> GET /me HTTP/2\n> Host: api.example.com\n> authorization: ${BEARER}\n>\n< HTTP/2 401\n< www-authenticate: Bearer scope="" error="invalid_token" error_description="issuer does not match"\n<\n{"message":"Unauthorized"}`,
    );
    expect(found).toBe("a request and its answer");
    expect(request?.headers.get("authorization")).toBe(BEARER);
    expect(answer).toEqual({
      status: 401,
      challenge: 'Bearer scope="" error="invalid_token" error_description="issuer does not match"',
      message: "Unauthorized",
    });
  });
});

const entry = (url: string, status: number) => ({
  request: { method: "GET", url, headers: [{ name: "Authorization", value: BEARER }] },
  response: { status, headers: [], content: { text: '{"message":"Unauthorized"}' } },
});

test("a HAR file gives its entries, each with its answer", () => {
  const har = {
    log: { version: "1.2", entries: [entry("https://a.example.com/", 200), entry("https://a.example.com/me", 401)] },
  };
  const read = readEvidence(JSON.stringify(har)) as readonly Evidence[];
  expect(read.map(({ request, answer }) => [request?.url, answer?.status])).toEqual([
    ["https://a.example.com/", 200],
    ["https://a.example.com/me", 401],
  ]);
});

describe("a line of an access log", () => {
  const line = {
    requestId: "abc=",
    httpMethod: "GET",
    path: "/me",
    routeKey: "GET /me",
    status: "401",
    authorizerError: "-",
    errorMessage: "Unauthorized",
  };

  test("as JSON, where '-' is nothing", () => {
    expect(one(JSON.stringify(line))).toMatchObject({
      found: "a line of an access log",
      request: { method: "GET", url: "/me" },
      answer: {
        status: 401,
        authorizerError: null,
        gatewayMessage: "Unauthorized",
        routeKey: "GET /me",
        requestId: "abc=",
      },
    });
  });

  test.each([
    [
      { status: 401, "authorizer.error": "missing: token not provided" },
      { authorizerError: "missing: token not provided" },
    ],
    [
      { status: 500, integrationErrorMessage: "The Lambda function returned" },
      { integrationError: "The Lambda function returned" },
    ],
    [{ statusCode: "404", routeKey: "-" }, { routeKey: null }],
    [{ status: 200 }, { authorizerError: undefined }],
  ])("whatever its fields are called: %j", (fields, answer) => {
    expect(one(JSON.stringify(fields)).answer).toMatchObject(answer);
  });

  test("in the Common Log Format of AWS's documentation", () => {
    expect(
      one('192.0.2.1 - - [26/Nov/2026:07:00:00 +0000] "GET GET /me HTTP/1.1" 401 26 Mc7UVioPPHcEKPA= -'),
    ).toMatchObject({
      answer: { status: 401, routeKey: "GET /me", requestId: "Mc7UVioPPHcEKPA=" },
    });
    expect(
      one(
        '192.0.2.1 - - [26/Nov/2026:07:00:00 +0000] "GET $default HTTP/1.1" 500 35 Mc7UVioPPHcEKPA= The Lambda function returned the following error: x.',
      ),
    ).toMatchObject({ answer: { status: 500, integrationError: expect.stringContaining("Lambda function") } });
  });

  test("several lines are several things", () => {
    expect(readEvidence(`${JSON.stringify(line)}\n${JSON.stringify({ ...line, status: "404" })}\n`)).toHaveLength(2);
  });
});

test.each([
  [
    'www-authenticate: Bearer scope="" error="invalid_token" error_description="x"',
    'Bearer scope="" error="invalid_token" error_description="x"',
  ],
  ["WWW-Authenticate: Bearer", "Bearer"],
  [
    'Bearer scope="" error="invalid_token" error_description="x"',
    'Bearer scope="" error="invalid_token" error_description="x"',
  ],
])("a www-authenticate: %s", (text, challenge) => {
  expect(one(text)).toEqual({ found: "a header www-authenticate", answer: { status: 401, challenge } });
});

test("the body of a refusal", () => {
  expect(one('{"message":"Unauthorized"}')).toEqual({
    found: "the body of an answer",
    answer: { message: "Unauthorized" },
  });
});

test("the event of a function holds its request", () => {
  const event = {
    version: "2.0",
    rawPath: "/me",
    rawQueryString: "a=1",
    headers: { authorization: BEARER },
    requestContext: { http: { method: "GET" } },
  };
  expect(one(JSON.stringify(event)).request).toMatchObject({ method: "GET", url: "/me?a=1" });
});

describe("is bounded", () => {
  test("in size", () => {
    expect(readEvidence("x".repeat(20_000_001))).toMatchObject({ unusable: "evidence-too-large" });
  });

  test("in depth: a token far inside is not looked for, and nothing overflows", () => {
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    expect(readEvidence(deep)).toMatchObject({ unusable: "evidence-broken" });
    expect(readEvidence("[".repeat(100_000))).toMatchObject([{ credential: expect.any(String) }]);
  });

  test("in time: what looks like a log line for a long while is given up", () => {
    const startedAt = performance.now();
    readEvidence(`1 ${"- [".repeat(100_000)}`);
    readEvidence(`curl ${"\\ ".repeat(200_000)}`);
    readEvidence(`"${"\\".repeat(200_001)}`);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
