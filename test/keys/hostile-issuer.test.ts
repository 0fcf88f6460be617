// oxlint-disable no-await-in-loop -- requests that come one after another
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentFetcher } from "../../lib/http/fetch-document.ts";
import { IssuerKeys } from "../../lib/keys/issuer-keys.ts";
import type { KeyAnswer } from "../../lib/rules/key-answer.ts";
import { makeAuthority, makeSelfSigned, type TestAuthority, type TestCertificate } from "./certificates.ts";
import { type Answer, discoveryOf, type FaultIssuer, faults, good, json, startFaultIssuer } from "./fault-issuer.ts";
import { ecJwk, rsaJwk } from "./jwks.ts";

// The whole key client before issuers on real sockets and real TLS.

let authority: TestAuthority;
let certificate: TestCertificate;
const KEY = rsaJwk("good");
const open: FaultIssuer[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await authority.issue();
});
afterAll(async () => {
  await Promise.all(open.map((issuer) => issuer.close()));
});

async function start(answers: Partial<Pick<FaultIssuer, "discovery" | "jwks">> = {}): Promise<FaultIssuer> {
  const issuer = await startFaultIssuer(certificate);
  open.push(issuer);
  return Object.assign(issuer, { jwks: json({ keys: [KEY] }), ...answers });
}

const clientOf = ({ issuer }: FaultIssuer, nowMs: () => number = Date.now, deadlineMs = 1_500) =>
  new IssuerKeys({ issuer, fetchDocument: documentFetcher({ ca: authority.ca, deadlineMs }), nowMs });

async function timed(asking: KeyAnswer | Promise<KeyAnswer>) {
  const startedAtMs = performance.now();
  const answer = await asking;
  return { answer, elapsedMs: performance.now() - startedAtMs };
}

const STAGES: Readonly<Record<keyof typeof faults, string>> = {
  "no answer": "timeout",
  "a byte every 500 ms": "timeout",
  "headers that never end": "timeout",
  reset: "connect",
  "reset in mid-body": "connect",
  "reset between chunks": "connect",
  "no HTTP": "parse",
  500: "status",
  "a redirect": "redirect",
  "20 MB": "size",
  "20 MB, announced": "size",
  "200 MB as gzip": "size",
  "truncated JSON": "parse",
  "a byte order mark": "parse",
  HTML: "parse",
  "WSO2's plain-text error": "parse",
  "a list": "parse",
};

// A machine that is busy with something else may be late once; a client that waits too long is late each time.
const ON_A_BUSY_MACHINE = { retry: 2 };

describe("a verdict within 1.6 s whatever the issuer does, which names the document and the stage", {
  ...ON_A_BUSY_MACHINE,
  concurrent: true,
}, () => {
  test.each(["discovery", "jwks"] as const)("as its %s", async (document) => {
    const names = Object.keys(faults) as (keyof typeof faults)[];
    const found = await Promise.all(
      names.map(async (name) => {
        const issuer = await start({ [document]: faults[name] });
        return { name: String(name), stage: STAGES[name], ...(await timed(clientOf(issuer).find("good"))) };
      }),
    );
    expect(found).toHaveLength(17);
    for (const { name, stage, answer, elapsedMs } of found) {
      expect(answer, name).toMatchObject({ kind: "unavailable", document, stage });
      expect(JSON.stringify(answer), name).not.toContain("secret-of-the-body");
      expect(elapsedMs, name).toBeLessThan(1_600);
    }
  });

  test("4.10 each document has 1,500 ms of its own, as at API Gateway: two slow ones are still good", async () => {
    const issuer = await start({
      discovery: good.after(900, good.discovery),
      jwks: good.after(900, json({ keys: [KEY] })),
    });
    const { answer, elapsedMs } = await timed(clientOf(issuer).find("good"));
    expect(answer.kind).toBe("found");
    expect(elapsedMs).toBeGreaterThan(1_700);
  });
});

describe("discovery", () => {
  test.each<[string, (issuer: string) => object, string, RegExp]>([
    ["another issuer", () => discoveryOf("https://other.example"), "issuer", /issuer is "https:\/\/other\.example"/],
    ["an issuer with a slash more", (issuer) => discoveryOf(`${issuer}/`), "issuer", /configured is/],
    ["no issuer", (issuer) => discoveryOf(issuer, { issuer: undefined }), "issuer", /issuer is absent/],
    ["a list of issuers", (issuer) => discoveryOf(issuer, { issuer: [issuer] }), "issuer", /issuer is \[/],
    ["keys on http", (issuer) => discoveryOf(issuer, { jwks_uri: "http://127.0.0.1:1/" }), "parse", /not an https URL/],
    [
      "keys in a file",
      (issuer) => discoveryOf(issuer, { jwks_uri: "file:///etc/passwd" }),
      "parse",
      /not an https URL/,
    ],
    ["no jwks_uri", (issuer) => discoveryOf(issuer, { jwks_uri: undefined }), "parse", /jwks_uri is absent, not a URL/],
    ["a jwks_uri that is no URL", (issuer) => discoveryOf(issuer, { jwks_uri: "/jwks" }), "parse", /not a URL/],
  ])("with %s is refused, and no key is fetched", async (_, documentOf, stage, detail) => {
    const issuer = await start();
    issuer.discovery = (response, name) => json(documentOf(name))(response, name);
    const answer = await clientOf(issuer).find("good");
    expect(answer).toMatchObject({ kind: "unavailable", document: "discovery", stage });
    expect(answer.kind === "unavailable" && answer.detail).toMatch(detail);
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 0 });
  });
});

async function ask(keys: unknown, kid = "good"): Promise<KeyAnswer> {
  const issuer = await start({ jwks: json(keys) });
  return clientOf(issuer).find(kid);
}

describe("a JWKS", () => {
  test.each([
    ["without keys", { keys: [] }, "keys"],
    ["whose keys have no kid", { keys: [{ ...KEY, kid: undefined }, null, 7] }, "keys"],
    ["without a list", { keys: { good: KEY } }, "parse"],
    ["that is empty", {}, "parse"],
  ])("%s is a failure of the stage", async (_, jwks, stage) => {
    expect(await ask(jwks)).toMatchObject({ kind: "unavailable", document: "jwks", stage });
  });

  test.each<[string, unknown[], string]>([
    ["an EC key", [ecJwk("good")], 'kty is "EC", not "RSA"'],
    ["a 1024-bit key", [rsaJwk("good", 1024)], "it has 1024 bits, not 2048 to 8192"],
    ["a key with e = 1", [{ ...KEY, e: "AQ" }], "e is 1"],
    ["a key for encryption", [{ ...KEY, use: "enc" }], 'use is "enc", not "sig"'],
    ["two keys of one kid", [KEY, rsaJwk("good")], "two different keys have this kid"],
  ])("with %s refuses that kid and says why", async (_, keys, why) => {
    expect(await ask({ keys })).toEqual({ kind: "refused", why });
  });

  test("with EC keys only knows no other kid", async () => {
    expect(await ask({ keys: [ecJwk("ec")] })).toEqual({ kind: "unknown", kids: ["ec"] });
  });

  test("with one bad member among good keys serves the good ones", async () => {
    const keys = [null, "text", { kty: "RSA", kid: "bad", n: "!", e: "AQAB" }, ecJwk("ec"), KEY];
    expect((await ask({ keys })).kind).toBe("found");
  });

  test("with the same key listed twice serves it", async () => {
    expect((await ask({ keys: [KEY, KEY] })).kind).toBe("found");
  });
});

describe("a rotation", () => {
  test("a key that is added is found at the next unknown kid; one that is removed serves until its set is renewed", async () => {
    let nowMs = Date.now();
    const [old, fresh] = [rsaJwk("old"), rsaJwk("fresh")];
    const issuer = await start({ jwks: json({ keys: [old] }) });
    const client = clientOf(issuer, () => nowMs);
    expect((await client.find("old")).kind).toBe("found");
    issuer.jwks = json({ keys: [fresh] });
    expect((await client.find("old")).kind).toBe("found");
    expect(await client.find("fresh"), "in the cool-down").toEqual({ kind: "unknown", kids: ["old"] });
    nowMs += 11_000;
    expect((await client.find("fresh")).kind).toBe("found");
    expect(await client.find("old")).toEqual({ kind: "unknown", kids: ["fresh"] });
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 2 });
  });

  test("a late answer with the old keys does not overtake a newer one", async () => {
    let nowMs = Date.now();
    const [old, fresh] = [rsaJwk("old"), rsaJwk("fresh")];
    const issuer = await start({ jwks: good.after(400, json({ keys: [old] })) });
    const client = clientOf(issuer, () => nowMs);
    const late = client.find("old");
    while (issuer.asked.jwks === 0) await new Promise((tick) => setTimeout(tick, 5));
    // The process was frozen meanwhile: its flight is given up, and a new one lands first.
    issuer.jwks = json({ keys: [fresh] });
    nowMs += 60_000;
    expect((await client.find("fresh")).kind).toBe("found");
    await late;
    expect((await client.find("fresh")).kind).toBe("found");
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 2 });
  });
});

describe("many at once", ON_A_BUSY_MACHINE, () => {
  test("200 cold requests make one discovery and one JWKS fetch", async () => {
    const issuer = await start();
    const client = clientOf(issuer);
    const answers = await Promise.all(Array.from({ length: 200 }, async () => client.find("good")));
    expect(answers.filter(({ kind }) => kind === "found")).toHaveLength(200);
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 1 });
  });

  test("250 unknown kids while the issuer hangs: one fetch, and a known kid is answered in under 5 ms", async () => {
    let nowMs = Date.now();
    const issuer = await start();
    const client = clientOf(issuer, () => nowMs, 300);
    await client.find("good");
    issuer.jwks = faults["no answer"];
    nowMs += 10_000;
    const asked = Array.from({ length: 250 }, async (_, index) => client.find(`unknown-${index}`));
    const startedAtMs = performance.now();
    const known = client.find("good");
    const elapsedMs = performance.now() - startedAtMs;
    expect(known).toMatchObject({ kind: "found" });
    expect(elapsedMs).toBeLessThan(5);
    const answers = await Promise.all(asked);
    expect(answers.every(({ kind }) => kind === "unavailable")).toBe(true);
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 2 });
  });

  test.each<[string, Answer]>([
    ["answers 500", faults[500]],
    ["resets", faults.reset],
  ])("50 requests within 5 s on an issuer that %s make at most 5 fetches", async (_, answer) => {
    let nowMs = Date.now();
    const issuer = await start({ discovery: answer });
    const client = clientOf(issuer, () => nowMs);
    for (let request = 0; request < 50; request += 1) {
      expect(await client.find("good")).toMatchObject({ kind: "unavailable" });
      nowMs += 100;
    }
    expect(issuer.asked).toEqual({ discovery: 3, jwks: 0 });
  });

  test("two issuers with the same kid never mix", async () => {
    const [one, other] = await Promise.all([start(), start({ jwks: json({ keys: [rsaJwk("good")] }) })]);
    const [first, second] = await Promise.all([clientOf(one).find("good"), clientOf(other).find("good")]);
    if (first.kind !== "found" || second.kind !== "found") throw new Error("a key was not found");
    expect(first.key.object.equals(second.key.object)).toBe(false);
  });
});

/** In a process of its own: one good document, then the bad ones. */
async function fetchElsewhere(
  fine: FaultIssuer,
  bad: readonly FaultIssuer[],
  env: Readonly<Record<string, string>> = {},
) {
  const script = fileURLToPath(new URL("bad-document-client.ts", import.meta.url));
  const urls = [fine, ...bad].map(({ port }) => `https://localhost:${port}/jwks`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--no-warnings", "--import", "tsx", script, authority.ca, ...urls],
    { env: { ...process.env, ...env } },
  );
  return JSON.parse(stdout) as { stages: unknown[]; grownMiB: number; heapMiB: number };
}

test("NODE_TLS_REJECT_UNAUTHORIZED=0 does not make an untrusted issuer a trusted one", async () => {
  const fine = await start();
  const untrusted = await startFaultIssuer(await makeSelfSigned());
  open.push(untrusted);
  const { stages } = await fetchElsewhere(fine, [untrusted], { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(stages).toEqual(["tls"]);
});

test("20 MB and 200 MB as gzip, ten times each, grow the process by less than 10 MB", async () => {
  const [flood, announced, gzip, fine] = await Promise.all([
    start({ jwks: faults["20 MB"] }),
    start({ jwks: faults["20 MB, announced"] }),
    start({ jwks: faults["200 MB as gzip"] }),
    start({ jwks: json({ keys: Array.from({ length: 300 }, () => KEY) }) }),
  ]);
  const bad = Array.from({ length: 10 }, () => [flood, announced, gzip]).flat();
  const { stages, grownMiB, heapMiB } = await fetchElsewhere(fine, bad);
  expect(stages).toEqual(Array.from({ length: 30 }, () => "size"));
  expect(grownMiB).toBeLessThan(10);
  expect(heapMiB).toBeLessThan(10);
});
