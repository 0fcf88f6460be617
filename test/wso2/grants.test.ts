import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asker, type Exchange } from "../../lib/http/exchange.ts";
import type { EmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { granter, passwordGranter } from "../../lib/wso2/grants.ts";
import { CLIENT, documentsWithOwnTokenEndpoint, startIssuer } from "../smoke/deployed-api.ts";

let issuer: EmbeddedIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const discoveryNaming = (tokenEndpoint: unknown) => async () =>
  JSON.stringify({ issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks`, token_endpoint: tokenEndpoint });

describe("a token by client credentials", () => {
  test("is asked for where the discovery document says, which is fetched once", async () => {
    let fetched = 0;
    const documents = documentsWithOwnTokenEndpoint(issuer);
    const grant = granter(issuer.issuer, CLIENT, {
      ask: asker({ deadlineMs: 5_000 }),
      fetchDocument: (url) => {
        fetched += 1;
        return documents(url);
      },
    });
    expect(await grant(["orders:read"])).toMatchObject({ kind: "granted", expiresInSeconds: 3_600 });
    expect(await grant([])).toMatchObject({ kind: "granted" });
    expect(fetched).toBe(1);
  });

  test("the secret stands in the Basic header, form-encoded (RFC 6749 section 2.3.1), and nowhere else", async () => {
    const sent: Exchange[] = [];
    const grant = granter(
      issuer.issuer,
      { clientId: "id:1", clientSecret: "p%ä" },
      {
        fetchDocument: discoveryNaming("https://is.example.com/oauth2/token"),
        ask: async (exchange) => {
          sent.push(exchange);
          return { kind: "answered", status: 200, headers: {}, body: '{"access_token":"t","expires_in":"soon"}' };
        },
      },
    );
    expect(await grant(["a", "b"])).toEqual({ kind: "granted", token: "t", expiresInSeconds: undefined });
    const [{ url, headers, body } = {}] = sent as readonly Partial<Exchange>[];
    expect(url).toBe("https://is.example.com/oauth2/token");
    expect(body).toBe("grant_type=client_credentials&scope=a+b");
    expect(Buffer.from(headers?.authorization?.slice(6) ?? "", "base64").toString()).toBe("id%3A1:p%25%C3%A4");
  });

  test("a secret is never sent over http to another machine, whatever discovery names", async () => {
    const grant = granter(issuer.issuer, CLIENT, {
      ask: asker({ deadlineMs: 1_000 }),
      fetchDocument: discoveryNaming("http://is.example.com/oauth2/token"),
    });
    expect(await grant([])).toMatchObject({ kind: "unanswered", stage: "connect" });
  });

  test("an answer that sends the secret back is told without it", async () => {
    const grant = granter(issuer.issuer, CLIENT, {
      fetchDocument: discoveryNaming("https://is.example.com/oauth2/token"),
      ask: async () => ({
        kind: "answered",
        status: 401,
        headers: {},
        body: JSON.stringify({ error: "invalid_client", error_description: `bad ${CLIENT.clientSecret}\u001b[31m` }),
      }),
    });
    expect(await grant([])).toEqual({
      kind: "refused",
      status: 401,
      error: "invalid_client",
      description: "bad ***\\u001b[31m",
    });
  });

  test.for<[string, unknown]>([
    ["no token_endpoint", undefined],
    ["a number", 7],
  ])("a discovery document with %s is a fault of its parsing", async ([, endpoint]) => {
    const grant = granter(issuer.issuer, CLIENT, {
      ask: asker({ deadlineMs: 1_000 }),
      fetchDocument: discoveryNaming(endpoint),
    });
    expect(await grant([])).toMatchObject({ kind: "unanswered", stage: "parse" });
  });

  test.for(["", "<html>", "[]", "null", '{"access_token":""}', '{"access_token":7}'])(
    "an answer of 200 without a token is none: %s",
    async (body) => {
      const grant = granter(issuer.issuer, CLIENT, {
        fetchDocument: discoveryNaming("https://is.example.com/oauth2/token"),
        ask: async () => ({ kind: "answered", status: 200, headers: {}, body }),
      });
      expect(await grant([])).toMatchObject({ kind: "refused", status: 200, error: "no access_token in the answer" });
    },
  );
});

test("a token by a person's name and password: both in the form, and out of what is told", async () => {
  const sent: Exchange[] = [];
  const person = { username: "alice", password: "p&ss wörd" };
  const world = {
    fetchDocument: discoveryNaming("https://is.example.com/oauth2/token"),
    ask: async (exchange: Exchange) => {
      sent.push(exchange);
      const body = JSON.stringify({ error: "invalid_grant", error_description: `not ${person.password}` });
      return { kind: "answered", status: 400, headers: {}, body } as const;
    },
  };
  expect(await passwordGranter(issuer.issuer, { clientId: "web" }, person, world)(["a"])).toEqual({
    kind: "refused",
    status: 400,
    error: "invalid_grant",
    description: "not ***",
  });
  expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
    grant_type: "password",
    ...person,
    scope: "a",
    client_id: "web",
  });
  expect(sent[0]?.headers?.authorization).toBeUndefined();
});
