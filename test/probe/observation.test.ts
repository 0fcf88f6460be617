import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFacts } from "../../lib/aws/facts.ts";
import { API_NAMES, readThemes } from "../../lib/conformance/case.ts";
import { conformanceApis } from "../../lib/conformance/conformance-assembly.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { type Gateway, startGateway } from "../../lib/gateway/gateway.ts";
import { documentFetcher } from "../../lib/http/fetch-document.ts";
import { keyClients } from "../../lib/keys/key-clients.ts";
import { planRaise, raisedCases, raisedFacts } from "../../probe/confidence-raise.ts";
import { issuerAnswer } from "../../probe/issuer-documents.ts";
import { type Observed, observe, readObserved, withAccessLog } from "../../probe/observation.ts";
import { openProbeKeys } from "../../probe/probe-keys.ts";
import { CHECKOUT } from "../project-copy.ts";

// What is asked of an account, asked of our own gateway, with the probe's issuer and keys: all but the deployment.

const directory = mkdtempSync(join(tmpdir(), "gatehouse-probe-test-"));
const ORIGIN = "https://probe.lambda-url.eu-central-1.on.aws";
const ISSUER = `${ORIGIN}/oauth2/token`;
const ASKED = new Set(["claims", "identity-source", "key", "scope"]);
const themes = readThemes(CHECKOUT).filter(({ name }) => ASKED.has(name));
const sections = readFacts(CHECKOUT);

const gateways: Gateway[] = [];
const lines: string[] = [];
let issuer: Server;
let ofGateway: Observed;

beforeAll(async () => {
  const folder = join(directory, "keys");
  await openProbeKeys(folder, Date.now());
  // Opened again, as the questions are asked by another process than the one that deployed.
  const keys = await openProbeKeys(folder, Date.now());
  issuer = createServer(({ url = "" }, response) => {
    const { status, body, headers } = issuerAnswer(url, { origin: ORIGIN, jwks: keys.jwks, isBroken: true });
    response.writeHead(status, headers).end(body);
  }).listen(0, "127.0.0.1");
  await new Promise((listening) => {
    issuer.once("listening", listening);
  });
  const local = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  const clients = keyClients({ fetcherOf: () => (url) => fetchDocument(url.replace(ORIGIN, local)), nowMs: Date.now });
  const apis = conformanceApis(directory, ISSUER);
  for (const name of API_NAMES) {
    const api = apis.get(name);
    if (!api) throw new Error(`there is no API ${name}`);
    gateways.push(
      await startGateway({
        api,
        port: 0,
        keysFor: (one) => clients(one).find,
        functionHost: functionHostOf({ nowMs: Date.now }),
        onRequest: (record) => void lines.push(record.accessLogLine() ?? ""),
      }),
    );
  }
  const origins = new Map(API_NAMES.map((name, at) => [name, gateways[at]?.url ?? ""]));
  ofGateway = await observe({
    themes,
    origins,
    signer: keys.signer(ISSUER),
    nowMs: Date.now,
    onTheme: () => undefined,
  });
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  issuer.close();
  issuer.closeAllConnections();
  rmSync(directory, { recursive: true });
});

/** The same answers, as if an account had given them. */
const asAccount = (given: Observed = ofGateway): Observed => ({
  ...given,
  targets: { main: "abc123.execute-api.eu-central-1.amazonaws.com" },
});

const plan = (observed: Observed) => planRaise(sections, themes, observed);

describe("the keys of the probe", () => {
  test("are in a folder of the user's own, and only their public members are deployed", async () => {
    const folder = join(directory, "keys");
    expect([statSync(folder).mode & 0o777, statSync(join(folder, "keys.json")).mode & 0o777]).toEqual([0o700, 0o600]);
    const { jwks } = await openProbeKeys(folder, Date.now());
    expect(jwks.keys.length).toBeGreaterThan(10);
    for (const key of jwks.keys)
      expect(Object.keys(key).filter((name) => ["d", "p", "q", "dp", "dq", "qi"].includes(name))).toEqual([]);
  });
});

describe("observations", () => {
  test("hold an answer of every case that a moving clock can ask, and are read back", () => {
    const askable = themes.flatMap(({ cases }) => cases).filter(({ clock }) => clock !== "exact");
    expect(Object.keys(ofGateway.cases).toSorted()).toEqual(askable.map(({ id }) => id).toSorted());
    expect(readObserved(JSON.stringify(ofGateway))).toEqual(ofGateway);
    expect(() => readObserved('{"observedAt":"now","targets":{},"cases":{"one":{"status":"200"}}}')).toThrow("status");
  });

  test("hold no token and no address of whoever asked", () => {
    const text = JSON.stringify(ofGateway);
    expect(text).not.toMatch(/eyJ[\w-]{10,}/);
    expect(text).toContain("192.0.2.1");
  });

  test("take the lines of the access log in, by the request's id", () => {
    const events = { events: lines.filter((line) => line !== "").map((message) => ({ message })) };
    const { observed, lines: found } = withAccessLog(ofGateway, JSON.stringify(events));
    expect(found).toBe(Object.keys(ofGateway.cases).length);
    expect(plan(asAccount(observed)).contradicted).toEqual([]);
  });
});

describe("what observations do to the table", () => {
  test("nothing where they are not API Gateway's: our own gateway does not vouch for itself", () => {
    expect(() => plan(ofGateway)).toThrow("not API Gateway");
  });

  test("an answer as expected raises what was not known or inferred, once, with its source; what AWS documents stays", () => {
    const observed = asAccount();
    const raise = plan(observed);
    expect(raise.contradicted).toEqual([]);
    expect(raise.raised).toContainEqual({ fact: "5.11", from: "UNK", to: "OBS1" });
    expect(raise.raised.map(({ from }) => from)).not.toContain("DOC");
    const text = readFileSync(join(CHECKOUT, "lib", "aws", "facts.json"), "utf8");
    const raised = raisedFacts(text, sections, raise, observed);
    expect(raised.split("\n")).toHaveLength(text.split("\n").length);
    const again = JSON.parse(raised) as typeof sections;
    const fact = again.flatMap(({ facts }) => facts).find((one) => one.fact === "5.11");
    expect(fact).toMatchObject({
      confidence: "OBS1",
      source: expect.stringContaining(`probe of ${observed.observedAt}`),
    });
    expect(planRaise(again, themes, observed).raised).toEqual([]);
  });

  test("the cases are as sure as what was observed; their texts only where the access log was", () => {
    const observed = asAccount();
    const [claims] = themes;
    if (!claims) throw new Error("there is no theme");
    const text = readFileSync(join(CHECKOUT, "lib", "conformance", "cases", `${claims.name}.json`), "utf8");
    const raised = JSON.parse(raisedCases(text, claims, plan(observed), observed)) as typeof claims;
    expect(new Set(raised.cases.map(({ confidence }) => confidence))).not.toContain("UNK");
    const before = claims.cases.filter(
      ({ expect: { textConfidence, log } }) => log !== undefined && textConfidence === "INF",
    );
    for (const { id } of before) expect(raised.cases.find((one) => one.id === id)?.expect.textConfidence).toBe("INF");
  });

  test("another answer than expected raises nothing, and says what was seen", () => {
    const observed = asAccount();
    const [id] = themes.flatMap(({ cases }) => cases).flatMap((row) => (row.source === "5.11" ? [row.id] : []));
    if (id === undefined) throw new Error("no case cites 5.11 only");
    const cases = { ...observed.cases, [id]: { status: 401, headers: {}, body: '{"message":"Unauthorized"}' } };
    const { contradicted, raised } = plan({ ...observed, cases });
    expect(contradicted).toContainEqual({ fact: "5.11", id, what: ["status: 401"] });
    expect(raised.map(({ fact }) => fact)).not.toContain("5.11");
  });

  test("a fact of which one case was not asked stays open", () => {
    const observed = asAccount();
    const row = themes.flatMap(({ cases }) => cases).find(({ source }) => source.split(", ").includes("5.11"));
    const cases = Object.fromEntries(Object.entries(observed.cases).filter(([id]) => id !== row?.id));
    expect(plan({ ...observed, cases }).open).toContain("5.11");
  });
});
