import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DoctorReport } from "../../lib/doctor/doctor.ts";
import { IssuerFault } from "../../lib/http/issuer-fault.ts";
import { makeAuthority, makeSelfSigned, type TestAuthority } from "../keys/certificates.ts";
import { type Answer, discoveryOf, faults, good, json, text } from "../keys/fault-issuer.ts";
import { ecJwk, rsaJwk, rsaPair } from "../keys/jwks.ts";
import { HOST, ISSUER, PAIR, type Patient, type PatientOptions, rowsOf, startPatient, troubles } from "./patient.ts";

let authority: TestAuthority;
const open: Patient[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
});
afterAll(async () => {
  await Promise.all(open.map(({ issuer }) => issuer.close()));
});

async function start(options: PatientOptions = {}): Promise<Patient> {
  const patient = await startPatient(authority, options);
  open.push(patient);
  return patient;
}

const CREATION_MESSAGE =
  `Caught exception when connecting to ${ISSUER}/.well-known/openid-configuration for issuer ${ISSUER}. ` +
  `Please try again later. Error: Invalid issuer: ${ISSUER}. ` +
  "Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'";

describe("an issuer in good health", () => {
  test("passes every check, and CreateAuthorizer would take it", async () => {
    const { examine, issuer } = await start();
    const steps: string[] = [];
    const report = await examine({ onProgress: (step) => steps.push(step) });
    expect(report.results.map(({ code, level }) => `${code}: ${level}`)).toEqual([
      "issuer-url: pass",
      "issuer-spelling: pass",
      "issuer-port: pass",
      "issuer-host: pass",
      "dns: pass",
      "dns-public: pass",
      "tls-chain: pass",
      "tls-name: pass",
      "tls-days: pass",
      "discovery: pass",
      "discovery-issuer: pass",
      "discovery-members: pass",
      "discovery-type: pass",
      "jwks-host: pass",
      "jwks: pass",
      "jwks-keys: pass",
      "jwks-duplicates: pass",
      "jwks-private: pass",
      "jwks-default-keys: pass",
      "clock: pass",
      "token: skipped",
    ]);
    expect(report.usable).toBe(true);
    expect(report.createAuthorizer).toEqual({ created: true, message: null, fact: "4.14", confidence: "INF" });
    expect(issuer.asked).toEqual({ discovery: 3, jwks: 3 });
    expect(steps).toEqual([
      "looking up id.example.com",
      "looking at the certificate",
      "asking for the discovery document, three times",
      "asking for the keys, three times",
    ]);
  });

  test("every failure and warning has a remedy, and no pass has one", async () => {
    const { examine, issuer } = await start({ world: { lookup: async () => ["10.0.0.7"] } });
    issuer.jwks = json({ keys: [{ ...PAIR.jwk, d: "AQAB" }, rsaJwk("kid-1"), ecJwk("ec")] });
    const { results } = await examine({ token: "opaque" });
    expect(results.filter(({ level }) => level === "fail").length).toBeGreaterThan(4);
    for (const { code, level, fix } of results) expect(fix !== null, code).toBe(level === "fail" || level === "warn");
  });
});

describe("name and addresses", () => {
  test.each(["ENOTFOUND", "EAI_AGAIN"])(
    "%s fails, what needs the name is not asked, and nothing is foretold: it may be this machine",
    async (code) => {
      const notFound = Object.assign(new Error("no"), { code });
      const { examine } = await start({ world: { lookup: () => Promise.reject(notFound) } });
      const report = await examine();
      expect(troubles(report)).toEqual(["dns: fail"]);
      expect(rowsOf(report, "dns")[0]?.what).toBe(
        `id.example.com does not resolve (${code}), or this machine has no public DNS`,
      );
      expect(report).toMatchObject({ usable: false, reached: false });
      expect(rowsOf(report, "jwks")[0]).toMatchObject({
        level: "skipped",
        what: "not checked: it needs discovery-members",
      });
      expect(report.createAuthorizer).toEqual({
        created: null,
        message: CREATION_MESSAGE,
        fact: "4.14",
        confidence: "UNK",
      });
    },
  );

  test("a name that no network makes public is refused at creation, whether it resolves here or not", async () => {
    const notFound = Object.assign(new Error("no"), { code: "ENOTFOUND" });
    const { examine } = await start({ world: { lookup: () => Promise.reject(notFound) } });
    const report = await examine({ issuer: "https://is.internal/oauth2/token" });
    expect(report.createAuthorizer).toMatchObject({ created: false, confidence: "INF" });
  });

  test("4.9 one private address among public ones fails", async () => {
    const { examine } = await start({ world: { lookup: async () => ["93.184.216.34", "192.168.1.5", "fd00::1"] } });
    const report = await examine();
    expect(troubles(report)).toEqual(["dns-public: fail"]);
    expect(rowsOf(report, "dns-public")[0]?.what).toContain("192.168.1.5, fd00::1 cannot be reached");
    expect(report.createAuthorizer).toMatchObject({ created: false, confidence: "INF" });
  });
});

describe("the certificate", () => {
  test("self-signed, as WSO2's own: the chain fails, and the checks behind it are made all the same", async () => {
    const { examine } = await start({ certificate: await makeSelfSigned({ names: [HOST, "localhost"] }) });
    const report = await examine();
    expect(troubles(report)).toEqual(["tls-chain: fail"]);
    expect(rowsOf(report, "tls-chain")[0]?.what).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
    expect(rowsOf(report, "jwks-keys")[0]?.level).toBe("pass");
    expect(report.usable).toBe(false);
  });

  test("trusted on this machine only: the chain fails and says so", async () => {
    const { examine } = await start({ roots: { public: [], here: [authority.ca] } });
    const report = await examine();
    expect(troubles(report)).toEqual(["tls-chain: fail"]);
    expect(rowsOf(report, "tls-chain")[0]?.what).toContain("trusted on this machine only");
  });

  test("of an authority that nobody knows, sent without it: the documents cannot be had either", async () => {
    const { examine, world } = await start({ roots: { public: [], here: [] } });
    const stranger = await makeAuthority();
    const readerTrusting = () => world.readerTrusting(stranger.ca);
    const report = await examine({ world: { ...world, readerTrusting } });
    expect(troubles(report)).toEqual(["tls-chain: fail", "discovery: fail"]);
    expect(rowsOf(report, "discovery")[0]).toMatchObject({
      what: "tls: UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      fix: expect.stringContaining("NODE_EXTRA_CA_CERTS=ca.pem") as string,
    });
  });

  test("for another name", async () => {
    const { examine } = await start({ certificate: await authority.issue({ names: ["other.example", "localhost"] }) });
    const report = await examine();
    expect(troubles(report)).toEqual(["tls-name: fail"]);
    expect(rowsOf(report, "tls-name")[0]?.what).toContain("DNS:other.example, DNS:localhost, not for id.example.com");
  });

  test("expired", async () => {
    const { examine } = await start({
      certificate: await authority.issue({ names: [HOST, "localhost"], daysLeft: -2 }),
    });
    const report = await examine();
    expect(troubles(report)).toEqual(["tls-chain: fail", "tls-days: fail", "discovery: fail"]);
    expect(rowsOf(report, "tls-days")[0]?.what).toMatch(/^the certificate expired on 20\d\d-\d\d-\d\d$/);
  });

  test("not valid yet", async () => {
    const certificate = await authority.issue({ names: [HOST, "localhost"], beginsInDays: 2 });
    const { examine } = await start({ certificate });
    const report = await examine();
    expect(troubles(report)).toEqual(["tls-chain: fail", "tls-days: fail", "discovery: fail"]);
    expect(rowsOf(report, "tls-days")[0]?.what).toMatch(/^the certificate is valid from .+ on$/);
  });

  test.each([
    [31, []],
    [29, ["tls-days: warn"]],
  ])("good for %s more days", async (daysLeft, found) => {
    const certificate = await authority.issue({ names: [HOST, "localhost"], daysLeft: daysLeft + 0.5 });
    const { examine } = await start({ certificate });
    const report = await examine();
    expect(troubles(report)).toEqual(found);
    expect(rowsOf(report, "tls-days")[0]?.what).toContain(`good for ${daysLeft} more days`);
  });

  test("no TLS at all on the port", async () => {
    const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const { examine } = await start({ world: { shakeHands: () => Promise.reject(refused) } });
    const report = await examine();
    expect(rowsOf(report, "tls-chain")[0]?.what).toBe("no TLS handshake: ECONNREFUSED");
    expect(report.reached).toBe(false);
    expect(report.createAuthorizer).toMatchObject({ created: null });
    expect(rowsOf(report, "tls-name")[0]?.level).toBe("skipped");
  });
});

/** How long a good document took on a busy machine is not what these tests are about. */
const failures = (report: DoctorReport) => troubles(report).filter((trouble) => trouble.endsWith(": fail"));

describe("the documents", () => {
  test.concurrent.each(Object.entries(faults))(
    "%s as discovery: one failure with its stage, and never the body",
    async (_, fault) => {
      const { examine, issuer } = await start({ impatientWith: "discovery" });
      issuer.discovery = fault;
      const report = await examine();
      expect(failures(report)).toHaveLength(1);
      const row = report.results.find(({ level }) => level === "fail");
      expect(row?.code).toMatch(/^discovery(-members)?$/);
      expect(row?.what).toMatch(/^(timeout|connect|parse|status|redirect|size): |^the document /);
      expect(JSON.stringify(report)).not.toContain("secret-of-the-body");
    },
  );

  test.concurrent.each(Object.entries(faults))(
    "%s as JWKS: one failure with its stage, and never the body",
    async (_, fault) => {
      const { examine, issuer } = await start({ impatientWith: "jwks" });
      issuer.jwks = fault;
      const report = await examine();
      expect(failures(report)).toEqual([expect.stringMatching(/^jwks(-keys)?: fail$/)]);
      expect(JSON.stringify(report)).not.toContain("secret-of-the-body");
    },
  );

  test("4.3 a document that is not answered was seen to fail the creation", async () => {
    const { examine, issuer } = await start();
    issuer.discovery = faults[500];
    expect((await examine()).createAuthorizer).toMatchObject({ created: false, confidence: "OBS+" });
  });

  test("4.13 one failure in three tries is a failure: API Gateway would refuse good tokens now and then", async () => {
    const { examine, issuer } = await start();
    const well = issuer.discovery;
    issuer.discovery = (response, name) => (issuer.asked.discovery === 2 ? faults[500] : well)(response, name);
    const report = await examine();
    expect(troubles(report)).toEqual(["discovery: fail"]);
    expect(rowsOf(report, "discovery")[0]?.what).toMatch(/^1 of 3 tries failed, status: answered 500/);
    expect(rowsOf(report, "jwks-keys")[0]?.level).toBe("pass");
  });

  test("4.10 an answer that takes more than half of the 1,500 ms is warned of", async () => {
    const { examine, issuer } = await start();
    const well = issuer.discovery;
    issuer.discovery = (response, name) =>
      (issuer.asked.discovery === 1 ? good.after(800, well) : well)(response, name);
    const report = await examine();
    expect(troubles(report)).toEqual(["discovery: warn"]);
    expect(rowsOf(report, "discovery")[0]?.what).toMatch(
      /^answered in \d{3,4}, \d+, \d+ ms; API Gateway waits 1,500 ms$/,
    );
  });

  test.each<[string, object, string, RegExp]>([
    ["a slash more", { issuer: `${ISSUER}/` }, "discovery-issuer: fail", /they differ by a trailing slash$/],
    [
      "a port more",
      { issuer: "https://id.example.com:443/oauth2/token" },
      "discovery-issuer: fail",
      /they differ by ':443'$/,
    ],
    [
      "another tenant",
      { issuer: ISSUER.replace("/oauth2", "/t/a/oauth2") },
      "discovery-issuer: fail",
      /character 24 on$/,
    ],
    ["no issuer", { issuer: undefined }, "discovery-issuer: fail", /names no issuer/],
    ["no jwks_uri", { jwks_uri: undefined }, "discovery-members: fail", /no jwks_uri/],
    ["a jwks_uri on http", { jwks_uri: "http://id.example.com/jwks" }, "discovery-members: fail", /is on http:\/\//],
    [
      "no algorithms",
      { id_token_signing_alg_values_supported: undefined },
      "discovery-members: warn",
      /lacks id_token_signing_alg_values_supported/,
    ],
  ])("a discovery document with %s", async (_, more, trouble, cause) => {
    const { examine, issuer } = await start();
    issuer.discovery = json(discoveryOf(ISSUER, more));
    const report = await examine();
    expect(troubles(report)).toEqual([trouble]);
    expect(rowsOf(report, trouble.split(":")[0] ?? "")[0]?.what).toMatch(cause);
  });

  test("a document that names port 443 brings WSO2's remedy for it", async () => {
    const { examine, issuer } = await start();
    issuer.discovery = json(discoveryOf(ISSUER, { issuer: "https://id.example.com:443/oauth2/token" }));
    expect(rowsOf(await examine(), "discovery-issuer")[0]?.fix).toContain("proxyPort=443");
  });

  test("4.8 whether an authorizer with another issuer in its document can be created is not known", async () => {
    const { examine, issuer } = await start();
    issuer.discovery = json(discoveryOf(ISSUER, { issuer: "https://other.example" }));
    expect((await examine()).createAuthorizer).toMatchObject({ created: true, message: null, confidence: "UNK" });
    issuer.discovery = faults.HTML;
    expect((await examine()).createAuthorizer).toMatchObject({
      created: false,
      message: CREATION_MESSAGE,
      confidence: "INF",
    });
  });

  test.each<[string, readonly string[], string, RegExp]>([
    ["https://localhost:9443/oauth2/jwks", [], "fail", /on localhost:9443, which only this machine or network knows/],
    ["https://keys.example.com/jwks", ["10.0.0.1"], "fail", /\(10\.0\.0\.1\), which the Internet cannot reach/],
    ["https://keys.example.com/jwks", [], "fail", /on keys\.example\.com, which does not resolve/],
    ["https://keys.example.com/jwks", ["93.184.216.34"], "pass", /on keys\.example\.com \(93\.184\.216\.34\)/],
  ])("keys at %s, which is %j: %s", async (jwksUri, addresses, level, cause) => {
    const { examine, issuer, world } = await start();
    issuer.discovery = json(discoveryOf(ISSUER, { jwks_uri: jwksUri }));
    const lookup = async (host: string) => (host === HOST ? ["93.184.216.34"] : addresses);
    const readerTrusting = () => (url: string) =>
      world.readerTrusting(undefined)(url.replace(/.*\/jwks$/, `${ISSUER}/jwks`));
    const report = await examine({ world: { ...world, lookup, readerTrusting } });
    expect(rowsOf(report, "jwks-host")).toMatchObject([{ level, what: expect.stringMatching(cause) as string }]);
    expect(rowsOf(report, "jwks-keys")[0]?.level).toBe("pass");
  });

  test("another content type is warned of", async () => {
    const { examine, issuer } = await start();
    issuer.discovery = text(JSON.stringify(discoveryOf(ISSUER)));
    expect(troubles(await examine())).toEqual(["discovery-type: warn"]);
  });
});

describe("the keys", () => {
  const SELF_SIGNED_KID = `${Buffer.from("9bf78253a0cb3154d7f61e53a262fae12c2da7e00cb2603eeb1bd6093af981fe").toString("base64url")}_RS256`;

  test.each<[string, unknown[], string[], RegExp]>([
    ["EC keys only", [ecJwk("ec")], ["jwks-keys: fail"], /none of the 1 keys may verify: .*kty is "EC"/],
    ["no keys", [], ["jwks-keys: fail"], /none of the 0 keys may verify/],
    [
      "an EC key beside a good one",
      [PAIR.jwk, ecJwk("ec")],
      ["jwks-keys: warn"],
      /1 of 2 keys may verify: kid-1 \(RSA 2048, RS256\)/,
    ],
    ["a 1024-bit key beside a good one", [PAIR.jwk, rsaJwk("small", 1024)], ["jwks-keys: warn"], /1 of 2 keys/],
    ["a key without kid beside a good one", [PAIR.jwk, { kty: "RSA" }], ["jwks-keys: warn"], /1 of 2 keys/],
    [
      "two keys of one kid",
      [PAIR.jwk, rsaJwk("kid-1"), rsaJwk("b")],
      ["jwks-keys: warn", "jwks-duplicates: fail"],
      /1 of 3/,
    ],
    ["a private part", [{ ...PAIR.jwk, d: "AQAB" }], ["jwks-private: fail"], /1 of 1 keys/],
    ["a default key of WSO2", [rsaJwk(SELF_SIGNED_KID)], ["jwks-default-keys: fail"], /1 of 1 keys/],
  ])("%s", async (_, keys, found, cause) => {
    const { examine, issuer } = await start();
    issuer.jwks = json({ keys });
    const report = await examine();
    expect(troubles(report)).toEqual(found);
    expect(rowsOf(report, "jwks-keys")[0]?.what).toMatch(cause);
    expect(JSON.stringify(report)).not.toContain(PAIR.jwk.n);
  });

  test("4.10 a JWKS of more than four fifths of 150,000 bytes is warned of", async () => {
    const { examine, issuer } = await start();
    issuer.jwks = json({ keys: [PAIR.jwk], filler: "x".repeat(125_000) });
    expect(troubles(await examine())).toEqual(["jwks: warn"]);
  });
});

const dated =
  (offsetMs: number): Answer =>
  (response, name) =>
    json(discoveryOf(ISSUER), { date: new Date(Date.now() + offsetMs).toUTCString() })(response, name);

describe("the clock", () => {
  test.each([
    [0, [], /agree/],
    [10_000, ["clock: warn"], /^the issuer's clock is about (9|10) s ahead of this machine's$/],
    [-10_000, ["clock: warn"], /^the issuer's clock is about (9|10) s behind this machine's$/],
  ])("%s ms", async (offsetMs, found, cause) => {
    const { examine, issuer } = await start();
    issuer.discovery = dated(offsetMs);
    const report = await examine();
    expect(troubles(report)).toEqual(found);
    expect(rowsOf(report, "clock")[0]?.what).toMatch(cause);
  });
});

test("an http issuer on another machine is not asked, on this one it is", async () => {
  const { examine, issuer } = await start();
  const elsewhere = await examine({ issuer: "http://id.example.com/oauth2/token" });
  expect(rowsOf(elsewhere, "discovery")[0]?.what).toContain("doctor fetches over http from this machine only");
  expect(rowsOf(elsewhere, "tls-chain")[0]?.what).toBe("not checked: there is no certificate on http://");
  expect(issuer.asked.discovery).toBe(0);
  const here = await examine({ issuer: "http://localhost/oauth2/token" });
  expect(rowsOf(here, "discovery")[0]?.level).toBe("fail");
});

test("a fault of the program is not taken for one of the issuer", async () => {
  const { examine, world } = await start();
  const [ours, theirs] = [new TypeError("ours"), new IssuerFault("timeout", "no")];
  await expect(examine({ world: { ...world, readerTrusting: () => () => Promise.reject(ours) } })).rejects.toThrow(
    "ours",
  );
  const report = await examine({ world: { ...world, readerTrusting: () => () => Promise.reject(theirs) } });
  expect(troubles(report)).toEqual(["discovery: fail"]);
});

test("the certificates of these tests are what they say", async () => {
  const { cert } = await authority.issue({ names: ["a.example"], daysLeft: 10 });
  const certificate = new X509Certificate(cert);
  expect(certificate.subjectAltName).toBe("DNS:a.example");
  expect(certificate.verify(new X509Certificate(authority.ca).publicKey)).toBe(true);
  expect(rsaPair("x").privateKey.type).toBe("private");
});
