import { spawn } from "node:child_process";
import { once } from "node:events";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, test as everywhere, expect } from "vitest";
import { folderOf, templateOf } from "../assembly/handwritten.ts";
import { CHECKOUT } from "../project-copy.ts";
import { type Keycloak, reasonWithout, startKeycloak } from "./keycloak.ts";

// Tokens of Keycloak, over TLS, through the gateway, the mirror, explain and doctor, each in a process as a user starts it.

const test = everywhere.runIf(reasonWithout() === undefined);
const AUDIENCE = "orders-app";

let keycloak: Keycloak;
let assembly: string;
let api: { readonly url: string; readonly stop: () => Promise<void> };

beforeAll(async () => {
  if (reasonWithout() !== undefined) return;
  keycloak = await startKeycloak();
  assembly = folderOf({ "Orders.template.json": templateOf({ issuer: keycloak.issuer, audience: [AUDIENCE] }) });
  api = await startLocal();
});

afterAll(async () => {
  await api?.stop();
  await keycloak?.close();
});

/** Starts the command line with Keycloak's certificate among those that Node trusts. */
function gatehouse(...argv: readonly string[]) {
  const child = spawn(process.execPath, ["bin/gatehouse.mjs", ...argv], {
    cwd: CHECKOUT,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: keycloak.certificate },
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  return { child, said };
}

async function run(stdin: string, ...argv: readonly string[]) {
  const { child, said } = gatehouse(...argv);
  child.stdin.end(stdin);
  const [exitCode] = (await once(child, "close")) as [number];
  return { exitCode, ...said };
}

async function startLocal() {
  const options = "--real-issuer --port 0 --no-console --no-watch --json".split(" ");
  const { child, said } = gatehouse("local", "--assembly", assembly, ...options);
  const ended = once(child, "close").then(() => {
    throw new Error(`local ended:\n${said.err}`);
  });
  while (!said.out.includes("\n")) await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => undefined);
  const { apiUrl } = JSON.parse(said.out) as { apiUrl: string };
  return {
    url: apiUrl,
    stop: async () => {
      child.kill();
      await once(child, "close");
    },
  };
}

const ask = async (token: string, method = "GET") =>
  (await fetch(`${api.url}/orders`, { method, headers: { authorization: `Bearer ${token}` } })).status;

const explain = (token: string, ...more: readonly string[]) =>
  run(token, "explain", "-", "--issuer", keycloak.issuer, "--audience", AUDIENCE, "--real-issuer", ...more);

/** Another subject under the same signature. */
function tampered(token: string): string {
  const [header, , signature] = token.split(".");
  const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token), sub: "somebody-else" })).toString("base64url");
  return [header, claims, signature].join(".");
}

describe("a token of Keycloak", () => {
  test("opens the route that takes its audience, and with its scope the one that asks for it", async () => {
    expect(await ask(await keycloak.token("orders-service"))).toBe(200);
    expect(await ask(await keycloak.token("orders-service"), "POST")).toBe(403);
    expect(await ask(await keycloak.token("orders-service", "orders:write"), "POST")).toBe(200);
  });

  test("of an application without the audience, or tampered with, is refused", async () => {
    expect(await ask(await keycloak.token("reports-service"))).toBe(401);
    expect(await ask(tampered(await keycloak.token("orders-service")))).toBe(401);
  });

  test("explain accepts the good one, and names the rule that refuses each other", async () => {
    const good = await explain(await keycloak.token("orders-service"));
    expect([good.exitCode, good.out]).toEqual([0, expect.stringMatching(/^allowed/)]);
    const unscoped = await explain(await keycloak.token("orders-service"), "--scope", "orders:write");
    expect([unscoped.exitCode, unscoped.out]).toEqual([1, expect.stringMatching(/^refused {2}by the rule scope/)]);
    const elsewhere = await explain(await keycloak.token("reports-service"));
    expect([elsewhere.exitCode, elsewhere.out]).toEqual([1, expect.stringMatching(/^refused {2}by the rule audience/)]);
    const forged = await explain(tampered(await keycloak.token("orders-service")));
    expect([forged.exitCode, forged.out]).toEqual([1, expect.stringMatching(/^refused {2}by the rule signature/)]);
  });

  test("the bundled Lambda authorizer decides as the rules do", async () => {
    for (const [clientId, verdict] of [
      ["orders-service", "allowed"],
      ["reports-service", "refused"],
    ] as const) {
      const options = ["--issuer", keycloak.issuer, "--audience", AUDIENCE, "--real-issuer"];
      const { exitCode, out, err } = await run(await keycloak.token(clientId), "mirror", "-", ...options);
      expect([exitCode, out], err).toEqual([0, expect.stringContaining(`mirror   ${verdict}`)]);
    }
  });
});

test("doctor accepts Keycloak's documents, keys and token, and fails it only for where it is", async () => {
  const token = await keycloak.token("orders-service");
  const given = ["--issuer", keycloak.issuer, "--audience", AUDIENCE, "--token", "-", "--json"];
  const { exitCode, out } = await run(token, "doctor", ...given);
  const { results } = JSON.parse(out) as { results: readonly { code: string; level: string }[] };
  const failed = results.filter(({ level }) => level === "fail").map(({ code }) => code);
  // On localhost with a certificate of its own no issuer is of use to API Gateway.
  expect([exitCode, failed]).toEqual([1, ["issuer-host", "dns-public", "tls-chain"]]);
  for (const code of ["discovery-issuer", "jwks-keys", "token-key", "token-signature", "token-audience"])
    expect(results, code).toContainEqual(expect.objectContaining({ code, level: "pass" }));
});
