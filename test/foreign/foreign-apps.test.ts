import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Started, Terminal } from "../cli/run-cli.ts";
import { CHECKOUT } from "../project-copy.ts";

// Two CDK apps that know nothing of Gatehouse, each synthesised by a process of its own as `cdk synth` would do it, and run
// from its cdk.out. Both write what their authors would write; the tests ask what their callers would ask.

interface Ready {
  readonly apis: readonly { readonly name: string; readonly stack: string; readonly url: string }[];
  readonly notServed: readonly { readonly name: string; readonly what: string }[];
}

const assemblies = new Map<string, Promise<string>>();
afterAll(async () => {
  for (const folder of await Promise.all(assemblies.values())) rmSync(folder, { recursive: true, force: true });
});

/** The folder of an app's cloud assembly. */
function assemblyOf(app: string): Promise<string> {
  const made = assemblies.get(app) ?? synthesise(app);
  assemblies.set(app, made);
  return made;
}

/** Runs an app as the CDK's command line does. */
async function synthesise(app: string): Promise<string> {
  const output = mkdtempSync(join(tmpdir(), `gatehouse-foreign-${app}-`));
  const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, app, "app.ts")], {
    cwd: CHECKOUT,
    env: {
      ...process.env,
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({ "aws:cdk:bundling-stacks": ["**"], "aws:cdk:enable-asset-metadata": true }),
      CDK_VALIDATION: "false",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => void (said += String(chunk)));
  const exitCode = await new Promise((resolve) => child.once("close", resolve));
  if (exitCode !== 0) throw new Error(`${app} did not synthesise: ${said}`);
  return output;
}

class ForeignApp {
  readonly #terminal = new Terminal();
  #started: Started | undefined;
  ready: Ready = { apis: [], notServed: [] };

  async start(app: string, ...options: readonly string[]): Promise<void> {
    const assembly = await assemblyOf(app);
    this.#started = this.#terminal.start(["local", "--assembly", assembly, "--port", "0", "--json", ...options]);
    const [line] = await this.#started.saidUntil(/^\{.*\}$/m);
    this.ready = JSON.parse(line) as Ready;
  }

  async stop(): Promise<void> {
    await this.#started?.stop();
  }

  /** Status, headers and the body as JSON, where it is JSON. */
  async ask(api: string, path: string, init?: RequestInit) {
    const url = this.ready.apis.find(({ name }) => name === api)?.url ?? "";
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith("{") || text.startsWith("[") ? (JSON.parse(text) as unknown) : text,
    };
  }

  async bearer(...options: readonly string[]): Promise<RequestInit> {
    const { out } = await this.#terminal.run(["token", ...options]);
    return { headers: { authorization: `Bearer ${out.trim()}` } };
  }
}

describe("a ticket desk of L1 constructs: parameters, a mapping, conditions, inline code, an OpenAPI document", () => {
  const desk = new ForeignApp();
  beforeAll(() => desk.start("tickets"));
  afterAll(() => desk.stop());

  test("both APIs are served, and nothing is left out", () => {
    expect(desk.ready.apis.map(({ name }) => name).toSorted()).toEqual(["tickets", "tickets-documented"]);
    expect(desk.ready.notServed).toEqual([]);
  });

  test("a token is asked for on the stage that there is, and nothing is there without the stage", async () => {
    const refused = await desk.ask("tickets", "/v1/tickets/7");
    expect([refused.status, refused.headers.get("www-authenticate"), refused.body]).toEqual([
      401,
      "Bearer",
      { message: "Unauthorized" },
    ]);
    expect((await desk.ask("tickets", "/tickets/7", await desk.bearer())).status).toBe(404);
  });

  test("the function sees the caller, the path, and what the mapping, the condition and the functions of the template made", async () => {
    const { status, headers, body } = await desk.ask("tickets", "/v1/tickets/7", await desk.bearer());
    expect([status, headers.get("x-desk")]).toEqual([200, "north"]);
    expect(body).toEqual({ ticket: "7", by: "ticket-desk", scopes: null, level: "warn", memory: "128" });
  });

  test("a scope is asked for where the route has one", async () => {
    const write = { method: "POST" };
    const without = await desk.ask("tickets", "/v1/tickets/7", {
      ...write,
      ...(await desk.bearer("--scope", "other")),
    });
    expect(without.status).toBe(403);
    const within = await desk.ask("tickets", "/v1/tickets/7", {
      ...write,
      ...(await desk.bearer("--scope", "tickets:write")),
    });
    expect([within.status, within.body]).toEqual([201, expect.objectContaining({ scopes: ["tickets:write"] })]);
  });

  test("a public route is open; one whose condition is false is not there", async () => {
    expect((await desk.ask("tickets", "/v1/health")).status).toBe(200);
    expect((await desk.ask("tickets", "/v1/archive")).status).toBe(404);
  });

  test("the OpenAPI document's authorizer guards its route with the scope of its security", async () => {
    expect((await desk.ask("tickets-documented", "/status")).status).toBe(401);
    expect(
      (await desk.ask("tickets-documented", "/status", await desk.bearer("--scope", "tickets:write"))).status,
    ).toBe(403);
    expect((await desk.ask("tickets-documented", "/status", await desk.bearer("--scope", "status:read"))).status).toBe(
      200,
    );
  });

  test("a parameter changes what is there", async () => {
    const large = new ForeignApp();
    await large.start("tickets", "--parameters", "Size=large", "--api", "tickets");
    expect((await large.ask("tickets", "/v1/archive")).body).toMatchObject({ level: "info", memory: "512" });
    await large.stop();
  });
});

const keyed = (key: string, more: Readonly<Record<string, string>> = {}) => ({
  headers: { "x-api-key": key, ...more },
});

describe("a shop of three stacks in a stage: cross-stack references, two Lambda authorizers, a JWT authorizer, CORS", () => {
  const shop = new ForeignApp();
  beforeAll(() => shop.start("shop"));
  afterAll(() => shop.stop());

  test("the API of the nested assembly is served, and nothing is left out", () => {
    expect(shop.ready.apis).toEqual([expect.objectContaining({ name: "shop", stack: "Prod-Api" })]);
    expect(shop.ready.notServed).toEqual([]);
  });

  test("a Lambda authorizer of another stack lets in by a simple answer, and its context reaches the function of a third", async () => {
    expect((await shop.ask("shop", "/orders/7")).status).toBe(401);
    expect((await shop.ask("shop", "/orders/7", keyed("wrong"))).status).toBe(403);
    const { status, body } = await shop.ask("shop", "/orders/7", keyed("let-me-in"));
    expect(status).toBe(200);
    expect(body).toEqual({ id: "7", variables: null, stage: "$default", customer: "c-1", partner: null });
  });

  test("the same on the second stage, with its variables", async () => {
    const { body } = await shop.ask("shop", "/beta/orders/8", keyed("let-me-in"));
    expect(body).toEqual({ id: "8", variables: { colour: "green" }, stage: "beta", customer: "c-1", partner: null });
  });

  test("the other one lets in by a policy, with its key in the query", async () => {
    const order = { method: "POST", body: "tea", headers: { "content-type": "text/plain" } };
    expect((await shop.ask("shop", "/orders", order)).status).toBe(401);
    expect((await shop.ask("shop", "/orders?key=wrong", order)).status).toBe(403);
    const { status, headers, body } = await shop.ask("shop", "/orders?key=let-me-in", order);
    expect([status, headers.getSetCookie(), body]).toEqual([201, ["basket=7; Secure"], "tea"]);
  });

  test("partners come with a token, in payload format 1.0, through a greedy path", async () => {
    expect((await shop.ask("shop", "/partner/a/b")).status).toBe(401);
    expect((await shop.ask("shop", "/partner/a/b", await shop.bearer("--flaw", "expired"))).status).toBe(401);
    expect((await shop.ask("shop", "/partner/a/b", await shop.bearer("--scope", "other"))).status).toBe(403);
    const { status, headers, body } = await shop.ask("shop", "/partner/a/b", await shop.bearer());
    expect([status, headers.getSetCookie()]).toEqual([200, ["a=1", "b=2"]]);
    expect(body).toMatchObject({ path: "/partner/a/b", proxy: "a/b", partner: "shop-partner", stage: "$default" });
  });

  test("CORS: the preflight of the shop's page is answered without a token, another page gets no headers", async () => {
    const preflight = (origin: string) =>
      shop.ask("shop", "/orders", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const own = await preflight("https://shop.example");
    expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([204, "https://shop.example"]);
    expect(own.headers.get("access-control-max-age")).toBe("600");
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
    const asked = await shop.ask("shop", "/orders/7", keyed("let-me-in", { origin: "https://shop.example" }));
    expect(asked.headers.get("access-control-allow-credentials")).toBe("true");
  });

  test("a public route answers with the function's bare value", async () => {
    expect((await shop.ask("shop", "/catalogue")).body).toEqual(["tea", "coffee"]);
  });
});
