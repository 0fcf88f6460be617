import { describe, expect, test } from "vitest";
import { createMirror } from "../../lambda/authorizer.ts";

// What the mirror writes of a refusal: the access log shows who was refused, and this why.

const TOKEN = "not.a.token";

async function linesOf(routeKey: string, requestContext?: { readonly requestId: string }): Promise<readonly string[]> {
  const lines: string[] = [];
  const mirror = createMirror(
    { issuer: "https://is.example.com/oauth2/token", audience: ["a"], routeScopes: new Map([["GET /me", []]]) },
    {
      fetchDocument: () => Promise.reject(new Error("nothing is fetched for such a token")),
      nowMs: () => 1_800_000_000_000,
      log: (line) => lines.push(line),
    },
  );
  const event = { routeKey, identitySource: [`Bearer ${TOKEN}`] };
  const { isAuthorized } = await mirror(requestContext === undefined ? event : { ...event, requestContext });
  expect(isAuthorized).toBe(false);
  return lines;
}

describe("the mirror's line of a refusal", () => {
  test.each([
    ["GET /me", "header", "invalid_token: illegal base64 data at input byte 2"],
    ["GET /added-by-hand", undefined, "the route is not in ROUTE_SCOPES"],
  ])("names the request by the access log's id: %s", async (routeKey, rule, error) => {
    const [line = "", ...more] = await linesOf(routeKey, { requestId: "Mc7UVioPPHcEKPA=" });
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toEqual({
      message: "refused",
      requestId: "Mc7UVioPPHcEKPA=",
      routeKey,
      ...(rule === undefined ? {} : { rule }),
      error,
    });
    expect(line).not.toContain(TOKEN);
  });

  test("is written for an event without a request context as well", async () => {
    const [line = ""] = await linesOf("GET /me");
    expect(JSON.parse(line)).not.toHaveProperty("requestId");
  });
});
