import { get } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { HttpApiModel, StageModel } from "../../lib/assembly/model.ts";
import { apiOf, type Served, serve } from "./served.ts";

// A custom domain chooses the stage by the Host header and the mapping key (6.8, 6.9).

let served: Served | undefined;
afterEach(async () => {
  await served?.gateway.close();
  served = undefined;
});

const ECHO = `exports.handler = async ({ rawPath, routeKey, pathParameters, requestContext }) => ({ rawPath, routeKey,
  pathParameters, stage: requestContext.stage, domain: requestContext.domainName, prefix: requestContext.domainPrefix });`;

const stage = (name: string): StageModel => ({
  name,
  variables: {},
  accessLogFormat: "$context.domainName $context.customDomain.basePathMatched $context.path $context.status",
  throttle: undefined,
  routeThrottles: {},
});

function api(): HttpApiModel {
  const { routes, ...rest } = apiOf({ pets: { source: ECHO } });
  return {
    ...rest,
    stages: [stage("$default"), stage("dev"), stage("next")],
    routes: routes.map((route) => ({ ...route, key: "GET /pets/{id}" })),
    domains: [
      {
        name: "api.example.com",
        mappings: [
          { key: "orders", stage: "dev" },
          { key: "orders/v2", stage: "next" },
        ],
      },
      { name: "www.example.com", mappings: [{ key: "", stage: "$default" }] },
    ],
  };
}

async function ask(host: string, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  served ??= await serve(api());
  const { url } = served.gateway;
  return new Promise((resolve, reject) => {
    get(`${url}${path}`, { headers: { host } }, (response) => {
      let text = "";
      response.on("data", (chunk) => void (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }));
    }).on("error", reject);
  });
}

test.each([
  ["api.example.com", "/orders/pets/1", "dev", "/dev/pets/1"],
  ["API.example.com:3000", "/orders/pets/1", "dev", "/dev/pets/1"],
  ["api.example.com", "/orders/v2/pets/1", "next", "/next/pets/1"],
  ["www.example.com", "/pets/1", "$default", "/pets/1"],
])("%s%s reaches the stage %s, and the function sees %s", async (host, path, name, rawPath) => {
  const domain = host.replace(/:.*$/, "").toLowerCase();
  expect(await ask(host, path)).toEqual({
    status: 200,
    body: {
      rawPath,
      routeKey: "GET /pets/{id}",
      pathParameters: { id: "1" },
      stage: name,
      domain,
      prefix: domain.split(".")[0],
    },
  });
});

test.each([
  ["api.example.com", "/pets/1"],
  ["api.example.com", "/ordersx/pets/1"],
  ["api.example.com", "/dev/pets/1"],
])("%s%s has no mapping: 404, without a look at the API's own stages", async (host, path) => {
  expect(await ask(host, path)).toEqual({ status: 404, body: { message: "Not Found" } });
});

test("by any other host the API answers at its own stages", async () => {
  expect((await ask("127.0.0.1:3000", "/dev/pets/1")).status).toBe(200);
  expect((await ask("127.0.0.1:3000", "/orders/pets/1")).status).toBe(404);
});

test("the access log has the domain and the key that was matched", async () => {
  await ask("api.example.com", "/orders/pets/1");
  expect(served?.records[0]?.accessLogLine()).toBe("api.example.com orders /dev/pets/1 200");
});
