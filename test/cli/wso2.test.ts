import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ADMIN, type FakeChoices, type FakeWso2, startFakeWso2 } from "../wso2/fake-wso2.ts";
import { Terminal } from "./run-cli.ts";

const BASIC = { WSO2_ADMIN_USER: ADMIN.user, WSO2_ADMIN_PASSWORD: ADMIN.password };

let running: FakeWso2[] = [];
const start = async (choices: FakeChoices = {}) => {
  const fake = await startFakeWso2(choices);
  running.push(fake);
  return fake;
};
afterEach(async () => {
  await Promise.all(running.map((fake) => fake.close()));
  running = [];
});

/** A folder with the PEM of the fake's authority, and commands run in it. */
function at(fake: FakeWso2, env: Readonly<Record<string, string>> = BASIC) {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-wso2-"));
  const ca = join(folder, "authority.pem");
  writeFileSync(ca, fake.ca);
  const terminal = new Terminal();
  const own = { env: { ...terminal.env, ...env }, cwd: folder };
  const asked = ["--issuer", fake.issuer, "--ca", ca];
  return {
    folder,
    out: join(folder, "wso2.env"),
    register: (...more: readonly string[]) =>
      terminal.run(["wso2", "register", ...asked, "--name", "orders-web", ...more], own),
    token: (credentials: Readonly<Record<string, string>>, ...more: readonly string[]) =>
      terminal.run(["wso2", "token", ...asked, ...more], { ...own, env: { ...own.env, ...credentials } }),
    run: (argv: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      terminal.run(argv, { ...own, env: { ...own.env, ...more } }),
    asked,
  };
}

const SCOPES = ["--scope", "orders:read", "--scope", "orders:write"];
const isNamed = (body: unknown, name: string) => JSON.stringify(body ?? {}).includes(`"name":"${name}"`);
const refusesAuthorisation: FakeChoices["instead"] = ({ method, path }) =>
  method === "POST" && path.endsWith("/authorized-apis") ? { status: 500, body: {} } : undefined;
const registered = (fake: FakeWso2) => [...fake.applications.values()];
const onlyOne = (fake: FakeWso2) => {
  const [first, ...others] = registered(fake);
  if (!first || others.length > 0) throw new Error("not one application");
  return first;
};
const scopesOf = ({ authorised }: Pick<ReturnType<typeof onlyOne>, "authorised">) =>
  [...authorised.values()].flatMap((scopes) => [...scopes]);
const credentialsOf = (fake: FakeWso2) => {
  const { clientId, clientSecret } = onlyOne(fake);
  return { WSO2_CLIENT_ID: clientId, WSO2_CLIENT_SECRET: clientSecret };
};

describe("gatehouse wso2 register", () => {
  test("makes an application that gets JWTs, authorises its scopes, proves it by a token and hides the secret", async () => {
    const fake = await start();
    const here = at(fake);
    const { exitCode, out, err } = await here.register(
      ...SCOPES,
      "--audience",
      "https://api.example.com",
      "--out",
      here.out,
    );
    expect([exitCode, err]).toEqual([0, expect.stringContaining("registering orders-web")]);
    const { clientId, clientSecret, ...application } = onlyOne(fake);
    expect(application).toMatchObject({ isJwt: true, audience: ["https://api.example.com"] });
    expect(scopesOf(application)).toEqual(["orders:read", "orders:write"]);
    expect(out).toContain(`client id    ${clientId}`);
    expect(out).toContain("one was asked for, and passes every rule of API Gateway");
    expect(out).toContain(`"audience": ["${clientId}"]`);
    expect(out + err).not.toContain(clientSecret);
    expect(out + err).not.toContain(ADMIN.password);
    expect(statSync(here.out).mode & 0o777).toBe(0o600);
    expect(readFileSync(here.out, "utf8")).toBe(
      `WSO2_CLIENT_ID='${clientId}'\nWSO2_CLIENT_SECRET='${clientSecret.replaceAll("'", String.raw`'\''`)}'\n`,
    );
  });

  test("sends what --dry-run shows, and --dry-run sends nothing", async () => {
    const fake = await start();
    const here = at(fake);
    const plan = await here.register(...SCOPES, "--dry-run", "--json");
    expect([plan.exitCode, fake.asked]).toEqual([0, []]);
    const { calls } = JSON.parse(plan.out) as { calls: { method: string; url: string; body?: unknown }[] };
    await here.register(...SCOPES, "--out", here.out);
    const [application = ""] = [...fake.applications.keys()];
    const [resource = ""] = [...fake.resources.keys()];
    const known = (text: string) =>
      text.replaceAll("APPLICATION_ID", application).replaceAll("API_RESOURCE_ID", resource);
    const planned = calls.map(({ method, url, body }) => ({ method, path: url.replace(fake.server, ""), body }));
    // Besides, it reads the resource that it made or found.
    const sent = fake.asked.filter(({ method, path }) => method !== "GET" || !path.endsWith(resource));
    expect(sent).toEqual(
      (JSON.parse(known(JSON.stringify(planned))) as object[]).map((one) => ({ body: undefined, ...one })),
    );
  });

  test("takes a management token, as Asgardeo asks for", async () => {
    const fake = await start();
    const here = at(fake, { WSO2_ADMIN_TOKEN: ADMIN.token });
    expect((await here.register("--out", here.out)).exitCode).toBe(0);
  });

  test("registers dynamically, JWTs too", async () => {
    const fake = await start();
    const here = at(fake);
    const { exitCode } = await here.register("--via", "dcr", ...SCOPES, "--out", here.out);
    expect([exitCode, registered(fake)[0]?.isJwt]).toEqual([0, true]);
    expect(fake.asked.map(({ path }) => path)).toContain("/api/identity/oauth2/dcr/v1.1/register");
    const shared = ["--audience", "https://api.example.com", "--name", "batch", "--out", "-"];
    expect((await here.register("--via", "dcr", ...shared)).exitCode).toBe(0);
    expect(registered(fake)[1]?.audience).toEqual(["https://api.example.com"]);
  });

  test("before 7.0 it registers dynamically, and scopes that belong to no API", async () => {
    const fake = await start({ hasApiResources: false });
    const here = at(fake);
    const { exitCode, out } = await here.register(...SCOPES, "--out", here.out);
    expect([exitCode, out]).toEqual([0, expect.stringContaining("orders:read, orders:write: registered; before 7.0")]);
    expect([...fake.freeScopes]).toEqual(["orders:read", "orders:write"]);
    const posted = fake.asked.filter(({ method }) => method === "POST").map(({ path }) => path);
    expect(posted[0]).toBe("/api/identity/oauth2/dcr/v1.1/register");
  });

  test("adds scopes that an API resource lacks", async () => {
    const fake = await start();
    const here = at(fake);
    await here.register("--scope", "orders:read", "--api", "orders", "--out", here.out);
    const { exitCode } = await here.register(...SCOPES, "--api", "orders", "--name", "batch", "--out", `${here.out}.2`);
    expect(exitCode).toBe(0);
    expect([...fake.resources.values()].map(({ scopes }) => [...scopes])).toEqual([["orders:read", "orders:write"]]);
  });

  test("prints the secret where that is asked for, and puts it into JSON then only", async () => {
    const fake = await start();
    const here = at(fake);
    const printed = await here.register("--out", "-");
    expect(printed.out).toContain(registered(fake)[0]?.clientSecret.replaceAll("'", String.raw`'\''`));
    const json = await here.register("--name", "second", "--out", "-", "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      name: "second",
      proof: { kind: "good" },
      clientSecret: registered(fake)[1]?.clientSecret,
    });
    const filed = await here.register("--name", "third", "--out", here.out, "--json");
    expect(JSON.parse(filed.out)).toMatchObject({ name: "third", secretIn: here.out });
    expect(filed.out).not.toContain(registered(fake)[2]?.clientSecret);
  });

  test("says what API Gateway would say of its tokens, where that is no", async () => {
    const fake = await start({ isOpaque: true });
    const here = at(fake);
    const { exitCode, out } = await here.register("--out", here.out);
    expect(exitCode).toBe(1);
    expect(out).toContain("is refused by the rule segments");
    expect(out).toContain("set the application's access token type to JWT");
    expect(existsSync(here.out)).toBe(true);
  });

  describe("stops before anything is sent", () => {
    let fake: FakeWso2;
    const refusal = async (env: Readonly<Record<string, string>>, ...argv: readonly string[]) => {
      fake = await start();
      const here = at(fake, env);
      writeFileSync(here.out, "mine");
      const { exitCode, out, err } = await here.register(...argv.map((one) => (one === "OUT" ? here.out : one)));
      expect([exitCode, out, fake.asked, readFileSync(here.out, "utf8")]).toEqual([1, "", [], "mine"]);
      return err;
    };

    test("without credentials of an administrator", async () => {
      expect(await refusal({}, "--out", "-")).toContain("mistake wso2-admin-missing");
      expect(await refusal({ WSO2_ADMIN_USER: "admin" }, "--out", "-")).toContain(
        "only one of WSO2_ADMIN_USER and WSO2_ADMIN_PASSWORD",
      );
    });
    test("without a place for the secret, or where there is a file already", async () => {
      expect(await refusal(BASIC)).toContain("mistake out-missing");
      expect(await refusal(BASIC, "--out", "OUT")).toMatch(/mistake out-unwritable[\s\S]*EEXIST/);
    });
    test("without a name, or an issuer that says where its REST APIs are", async () => {
      const here = at(await start());
      expect((await here.run(["wso2", "register", ...here.asked, "--out", "-"])).err).toContain("mistake name-missing");
      const elsewhere = ["wso2", "register", "--issuer", "https://is.example.com", "--name", "x", "--out", "-"];
      expect((await here.run(elsewhere)).err).toContain("mistake wso2-server-unknown");
    });
    test("where the secret would go over http to another machine", async () => {
      const here = at(await start());
      const open = ["wso2", "register", "--issuer", "http://is.example.com/oauth2/token", "--name", "x", "--out", "-"];
      expect((await here.run(open)).err).toContain("the URL is neither https nor on the loopback interface");
    });
  });

  test.for<[string, FakeChoices, RegExp]>([
    [
      "a 403 tells the scopes of management",
      { instead: ({ path }) => (path.endsWith("/authorized-apis") ? { status: 403, body: {} } : undefined) },
      /mistake wso2-admin-forbidden[\s\S]*internal_application_mgt_create/,
    ],
    ["a secret that is not shown", { hidesSecret: true }, /mistake wso2-secret-hidden[\s\S]*client_secret_view/],
    [
      "an error of WSO2's own, with its code and words",
      {
        instead: ({ method, path }) =>
          method === "POST" && path.endsWith("/api-resources")
            ? { status: 400, body: { code: "API-RES-60001", message: "Bad", description: "scope \u001b[31mexists" } }
            : undefined,
      },
      /mistake wso2-refused[\s\S]*400 to POST \/api\/server\/v1\/api-resources: API-RES-60001, scope \\u001b\[31mexists/,
    ],
  ])("what fails halfway is taken back, and the command can be given again: %s", async ([, choices, message]) => {
    const fake = await start(choices);
    const here = at(fake);
    const { exitCode, err } = await here.register(...SCOPES, "--out", here.out);
    expect(exitCode).toBe(1);
    expect(err).toMatch(message);
    expect(err).toContain("the application was taken away again");
    expect([registered(fake), [...fake.resources]]).toEqual([[], []]);
    expect(existsSync(here.out)).toBe(false);
  });

  test("a server that sends the password back is quoted without it", async () => {
    const fake = await start({
      instead: () => ({ status: 400, body: { description: `no such user: ${ADMIN.user}:${ADMIN.password}` } }),
    });
    const { err } = await at(fake).register("--out", "-");
    expect(err).toContain("no such user: admin:***");
    expect(err).not.toContain(ADMIN.password);
  });

  test("what cannot be taken back is said", async () => {
    const fake = await start({
      hidesSecret: true,
      instead: ({ method }) => (method === "DELETE" ? { status: 500 } : undefined),
    });
    const here = at(fake);
    expect((await here.register("--out", here.out)).err).toContain("the application is still there");
  });

  test("may be given again: it takes the application that is there, and changes only what does not fit", async () => {
    const fake = await start();
    const here = at(fake);
    const again = (...more: readonly string[]) => here.register("--out", "-", ...more);
    expect((await again("--scope", "orders:read")).out).toContain(": made");
    const { clientId } = onlyOne(fake);
    const asked = fake.asked.length;
    expect((await again("--scope", "orders:read")).out).toContain("was there, and fits");
    expect(fake.asked.slice(asked).every(({ method }) => method === "GET")).toBe(true);
    onlyOne(fake).isJwt = false;
    const changed = await again(...SCOPES, "--audience", "https://api.example.com");
    expect([changed.exitCode, changed.out]).toEqual([0, expect.stringContaining("were changed")]);
    expect(onlyOne(fake)).toMatchObject({ clientId, isJwt: true, audience: ["https://api.example.com"] });
    expect(scopesOf(onlyOne(fake))).toEqual(["orders:read", "orders:write"]);
  });

  test("what was added to an API resource that is there is taken out again, and so is a scope before 7.0", async () => {
    const fake = await start({ instead: refusesAuthorisation });
    const here = at(fake);
    fake.resources.set("r1", { id: "r1", identifier: "orders-web", scopes: new Set(["orders:read"]) });
    const { exitCode, err } = await here.register(...SCOPES, "--out", here.out);
    expect([exitCode, err]).toEqual([
      1,
      expect.stringContaining("orders:write was removed from the API resource again"),
    ]);
    expect([...(fake.resources.get("r1")?.scopes ?? [])]).toEqual(["orders:read"]);
    const older = await start({
      hasApiResources: false,
      instead: ({ body }) => (isNamed(body, "orders:write") ? { status: 500, body: {} } : undefined),
    });
    expect((await at(older).register(...SCOPES, "--out", "-")).err).toContain(
      "the scope orders:read was removed again",
    );
    expect([[...older.freeScopes], registered(older)]).toEqual([[], []]);
  });

  test("an application that was changed is changed back where a later step fails", async () => {
    const fake = await start({
      instead: ({ method, path }) =>
        method === "POST" && path.endsWith("/authorized-apis")
          ? { status: 500, body: { message: "out of order" } }
          : undefined,
    });
    const here = at(fake);
    expect((await here.register("--out", "-")).exitCode).toBe(0);
    onlyOne(fake).isJwt = false;
    const { exitCode, err } = await here.register(...SCOPES, "--out", "-");
    expect([exitCode, err]).toEqual([1, expect.stringContaining("the application is again as it was")]);
    expect(onlyOne(fake).isJwt).toBe(false);
  });

  test("credentials that are wrong, a certificate that is not trusted: each says what to do", async () => {
    const fake = await start({ instead: () => undefined });
    const here = at(fake);
    await here.register("--out", here.out);
    const wrong = await at(fake, { ...BASIC, WSO2_ADMIN_PASSWORD: "wr0ng-password" }).register("--out", "-");
    expect(wrong.err).toMatch(/mistake wso2-admin-refused[\s\S]*WSO2_ADMIN_PASSWORD/);
    expect(wrong.err).not.toContain("wr0ng-password");
    const untrusted = await here.run(["wso2", "register", "--issuer", fake.issuer, "--name", "x", "--out", "-"]);
    expect(untrusted.err).toMatch(/mistake wso2-not-trusted[\s\S]*--ca FILE/);
    await fake.close();
    running = [];
    expect((await here.register("--out", "-")).err).toMatch(/mistake wso2-unreachable[\s\S]*ECONNREFUSED/);
  });

  test("takes issuer, name and scopes of an environment", async () => {
    const { out } = await new Terminal().run(["wso2", "register", "--env", "staging", "--dry-run", "--json"]);
    const { server, calls } = JSON.parse(out) as { server: string; calls: { body?: { name?: string } }[] };
    expect(server).toBe("https://is.staging.example.com/t/orders");
    expect(calls[2]?.body?.name).toBe("gatehouse-staging");
    expect(calls.at(-1)?.body).toMatchObject({ scopes: ["orders:read", "orders:write"] });
  });
});

describe("gatehouse wso2 token, and token --real-issuer", () => {
  test("print the token only, with the scopes that were asked for", async () => {
    const fake = await start();
    const here = at(fake);
    await here.register(...SCOPES, "--out", "-");
    const one = await here.token(credentialsOf(fake), "--scope", "orders:read");
    expect([one.exitCode, one.err, one.out.trim().split(".")]).toEqual([0, "", expect.any(Array)]);
    const [, claims = ""] = one.out.trim().split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ scope: "orders:read" });
    const other = await here.run(["token", "--real-issuer", ...here.asked], credentialsOf(fake));
    expect(other.out.trim().split(".")).toHaveLength(3);
    const json = await here.token(credentialsOf(fake), "--json");
    expect(JSON.parse(json.out)).toMatchObject({ expiresInSeconds: 3_600, issuer: fake.issuer });
  });

  test("warn of an opaque token, which API Gateway refuses", async () => {
    const fake = await start({ isOpaque: true });
    const here = at(fake);
    await here.register("--out", "-");
    const { exitCode, out, err } = await here.token(credentialsOf(fake));
    expect([exitCode, out.trim()]).toEqual([0, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(err).toContain("the token is opaque");
  });

  test("warn of an aud that a pre-issue action replaced, and of a scope that was not granted", async () => {
    const fake = await start({ audienceOfAction: "https://api.example.com" });
    const here = at(fake);
    await here.register("--out", "-");
    const replaced = await here.token(credentialsOf(fake));
    expect([replaced.exitCode, replaced.out.trim().split(".")]).toEqual([0, expect.any(Array)]);
    expect(replaced.err).toMatch(/by the rule audience[\s\S]*a pre-issue access token action/);
    const plain = await start();
    const there = at(plain);
    await there.register("--out", "-");
    expect((await there.token(credentialsOf(plain), "--scope", "orders:read")).err).toMatch(
      /by the rule scope[\s\S]*authorise the application/,
    );
  });

  test("say what is missing or wrong, without the secret", async () => {
    const fake = await start();
    const here = at(fake);
    await here.register("--out", "-");
    const { WSO2_CLIENT_ID } = credentialsOf(fake);
    expect((await here.token({})).err).toContain("mistake credentials-missing");
    expect((await here.token({ WSO2_CLIENT_ID })).err).toContain("only WSO2_CLIENT_ID");
    const wrong = await here.token({ WSO2_CLIENT_ID, WSO2_CLIENT_SECRET: "wr0ng-secret" });
    expect(wrong.err).toMatch(/mistake token-refused[\s\S]*401 invalid_client Client credentials are invalid\. \*\*\*/);
    expect(wrong.err).not.toContain("wr0ng-secret");
    const unknown = await here.run(["wso2", "token", "--issuer", fake.issuer], credentialsOf(fake));
    expect(unknown.err).toMatch(/mistake issuer-unanswered[\s\S]*tls[\s\S]*--ca FILE/);
    expect((await here.run(["wso2", "token", "--ca", "none.pem", "--issuer", fake.issuer])).err).toContain(
      "ca-missing",
    );
    expect((await here.run(["token", "--real-issuer", "--flaw", "expired"])).exitCode).toBe(2);
  });
});
