import { afterEach, expect, test } from "vitest";
import type { Assembly } from "../../lib/assembly/model.ts";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { type Session, startSession } from "../../lib/session/session.ts";
import { folderOf, templateOf } from "../assembly/handwritten.ts";

// Several APIs and issuers, and what a reload does to them.

const ISSUER = "https://is.example.com:9443/oauth2/token";
const OTHER = "https://other.example.com/oauth2/token";

let session: Session | undefined;

afterEach(() => session?.close());

type Choices = Parameters<typeof templateOf>[0];

/** A stack for each, named by its place. */
const assemblyOf = (...stacks: readonly Choices[]): Assembly =>
  readAssembly(
    folderOf(Object.fromEntries(stacks.map((choices, at) => [`S${at}.template.json`, templateOf(choices)]))),
  );

async function started(assembly: Assembly): Promise<Session> {
  session = await startSession({
    apis: assembly.apis,
    port: 0,
    issuerPort: 0,
    realIssuer: false,
    functionHost: functionHostOf({ nowMs: Date.now }),
  });
  return session;
}

const statusOf = async (url: string, token?: string) =>
  (await fetch(`${url}/orders`, token === undefined ? {} : { headers: { authorization: token } })).status;

test("an API that comes gets a port of its own, one that goes gives its port back, the one that stays keeps it", async () => {
  const running = await started(assemblyOf({ issuer: ISSUER }));
  const [first] = running.gateways;
  await running.reload(assemblyOf({ issuer: ISSUER }, { issuer: ISSUER }).apis);
  expect(running.gateways).toHaveLength(2);
  expect(running.gateways[0]?.url).toBe(first?.url);
  const second = running.gateways[1]?.url ?? "";
  expect(await statusOf(second)).toBe(401);
  const { drained } = await running.reload(assemblyOf({ issuer: ISSUER }).apis);
  await drained;
  expect(running.gateways.map(({ url }) => url)).toEqual([first?.url]);
  await expect(fetch(second)).rejects.toThrow();
});

test("an API that takes the place of another takes its port", async () => {
  const running = await started(assemblyOf({ issuer: ISSUER }));
  const url = running.gateways[0]?.url ?? "";
  const renamed = assemblyOf({ issuer: ISSUER }).apis.map((api) => ({ ...api, logicalId: "Renamed" }));
  await running.reload(renamed);
  expect(running.gateways.map((one) => [one.url, one.api.logicalId])).toEqual([[url, "Renamed"]]);
});

test("an issuer keeps its key, its address and its clients' secrets; another audience is another client", async () => {
  const running = await started(assemblyOf({ issuer: ISSUER, audience: ["one"] }));
  const [issuer] = running.issuers;
  const token = (await issuer?.mint()) ?? "";
  const before = { kid: issuer?.kid, origin: issuer?.origin, secret: issuer?.clients[0]?.clientSecret };
  await running.reload(assemblyOf({ issuer: ISSUER, audience: ["one", "two"] }).apis);
  const [same] = running.issuers;
  expect({ kid: same?.kid, origin: same?.origin, secret: same?.clients[0]?.clientSecret }).toEqual(before);
  expect(same?.clients.map(({ clientId }) => clientId)).toEqual(["one", "two"]);
  const url = running.gateways[0]?.url ?? "";
  expect(await statusOf(url, token)).toBe(200);
  expect(await statusOf(url, await same?.mint({ clientId: "two" }))).toBe(200);
});

test("an issuer that is new gets an embedded one of its own, and the old one's tokens are refused", async () => {
  const running = await started(assemblyOf({ issuer: ISSUER }));
  const url = running.gateways[0]?.url ?? "";
  const old = await running.issuers[0]?.mint();
  await running.reload(assemblyOf({ issuer: OTHER }).apis);
  expect(running.issuers.map(({ issuer }) => issuer)).toEqual([ISSUER, OTHER]);
  expect(await statusOf(url, old)).toBe(401);
  expect(await statusOf(url, await running.issuers[1]?.mint())).toBe(200);
});

test("with the real issuer, one that cannot be reached is a mistake and what was served goes on", async () => {
  const nobody = "http://127.0.0.1:9/oauth2/token";
  const open = assemblyOf({ issuer: ISSUER }).apis.map((api) => ({
    ...api,
    routes: api.routes.filter(({ authorization }) => authorization.kind === "none"),
  }));
  session = await startSession({
    apis: open,
    port: 0,
    issuerPort: 0,
    realIssuer: true,
    functionHost: functionHostOf({ nowMs: Date.now }),
  });
  await expect(session.reload(assemblyOf({ issuer: nobody }).apis)).rejects.toMatchObject({
    code: "issuer-unreachable",
  });
  expect((await fetch(`${session.gateways[0]?.url}/open`)).status).toBe(200);
});
