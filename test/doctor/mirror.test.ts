import { afterAll, beforeAll, expect, test } from "vitest";
import type { Mirror } from "../../lib/doctor/asker.ts";
import { makeAuthority, makeSelfSigned, type TestAuthority } from "../keys/certificates.ts";
import { discoveryOf, faults, json, text } from "../keys/fault-issuer.ts";
import { HOST, ISSUER, type Patient, type PatientOptions, rowsOf, startPatient, troubles } from "./patient.ts";

/** The company's own authority, which no public one knows. */
let company: TestAuthority;
const open: Patient[] = [];

beforeAll(async () => {
  company = await makeAuthority();
});
afterAll(async () => {
  await Promise.all(open.map(({ issuer }) => issuer.close()));
});

/** An issuer with the company's certificate, on a private address. */
async function start(options: PatientOptions = {}): Promise<Patient> {
  const world = { lookup: async () => ["10.0.0.7"], ...options.world };
  const patient = await startPatient(company, { roots: { public: [] }, ...options, world });
  open.push(patient);
  return patient;
}

const mirror = (more: Partial<Mirror> = {}): Mirror => ({ kind: "mirror", inVpc: true, ca: company.ca, ...more });

test("a private issuer with the company's certificate passes for the mirror, and fails for API Gateway", async () => {
  const { examine, issuer } = await start();
  const report = await examine({ asker: mirror() });
  expect(troubles(report)).toEqual([]);
  expect(report).toMatchObject({
    usable: true,
    reached: true,
    asker: { kind: "mirror", inVpc: true, ownAuthorities: true },
    createAuthorizer: null,
  });
  expect(rowsOf(report, "dns-public")).toMatchObject([
    {
      level: "skipped",
      what: "10.0.0.7 cannot be reached from the Internet: does not apply: the mirror connects from its VPC, not API Gateway",
      fix: null,
    },
  ]);
  expect(rowsOf(report, "tls-chain")[0]?.what).toMatch(/which caBundle vouches for$/);
  expect(rowsOf(report, "discovery")[0]?.what).toMatch(/; the mirror waits 1,500 ms$/);
  expect(JSON.stringify(report)).not.toContain("BEGIN CERTIFICATE");
  expect(issuer.asked).toEqual({ discovery: 3, jwks: 3 });
  const native = await examine();
  expect(troubles(native)).toEqual(["dns-public: fail", "tls-chain: fail", "discovery: fail"]);
  expect(native.createAuthorizer).toMatchObject({ created: false });
});

test("no fact about API Gateway speaks of the mirror's issuer; the token's rules are the same ones", async () => {
  const { examine } = await start();
  const { results } = await examine({ asker: mirror(), token: "opaque" });
  const cited = results.filter(({ fact }) => fact !== null).map(({ code }) => code);
  expect(cited.filter((code) => !code.startsWith("token-"))).toEqual([]);
  expect(cited).toContain("token-segments");
});

test("WSO2's own certificate will do where caBundle holds it and it is for the host", async () => {
  const certificate = await makeSelfSigned({ names: [HOST, "localhost"] });
  const { examine } = await start({ certificate });
  expect(troubles(await examine({ asker: mirror({ ca: certificate.cert }) }))).toEqual([]);
  const other = await examine({ asker: mirror() });
  expect(troubles(other)).toEqual(["tls-chain: fail"]);
  expect(rowsOf(other, "tls-chain")[0]?.what).toBe(
    "caBundle does not vouch for the certificate (DEPTH_ZERO_SELF_SIGNED_CERT)",
  );
});

test("caBundle replaces the public authorities, as it does in the function", async () => {
  const { examine } = await start({ roots: { public: [company.ca], here: [company.ca] } });
  const { ca } = await makeAuthority();
  const report = await examine({ asker: mirror({ ca }) });
  expect(troubles(report)).toEqual(["tls-chain: fail"]);
  expect(rowsOf(report, "tls-chain")[0]?.fix).toContain("the mirror trusts these only");
});

test("without caBundle the public authorities count, and not what this machine trusts besides", async () => {
  const { examine } = await start({ roots: { public: [], here: [company.ca] } });
  const report = await examine({ asker: mirror({ ca: undefined }) });
  expect(troubles(report)).toEqual(["tls-chain: fail"]);
  expect(rowsOf(report, "tls-chain")[0]).toMatchObject({
    what: expect.stringContaining("trusted on this machine only") as string,
    fix: expect.stringContaining("caBundle") as string,
  });
});

test("another name and a certificate that has expired fail for the mirror too", async () => {
  const elsewhere = await start({ certificate: await company.issue({ names: ["other.example", "localhost"] }) });
  expect(troubles(await elsewhere.examine({ asker: mirror() }))).toEqual(["tls-name: fail"]);
  const expired = await start({ certificate: await company.issue({ names: [HOST, "localhost"], daysLeft: -2 }) });
  const report = await expired.examine({ asker: mirror() });
  expect(troubles(report)).toEqual(["tls-chain: fail", "tls-days: fail", "discovery: fail"]);
  expect(rowsOf(report, "tls-chain")[0]?.what).toContain("has expired (CERT_HAS_EXPIRED)");
});

test("outside a VPC the mirror reaches a private issuer no more than API Gateway does", async () => {
  const { examine } = await start();
  const report = await examine({ asker: mirror({ inVpc: false }) });
  expect(troubles(report)).toEqual(["dns-public: fail"]);
  expect(rowsOf(report, "dns-public")[0]?.fix).toContain("the mirror stands in no VPC");
});

test("a name of the private network, another port and another content type are no matter", async () => {
  const { examine, issuer, world } = await start({
    certificate: await company.issue({ names: ["is.internal", "localhost"] }),
  });
  const asked = "https://is.internal:9443/oauth2/token";
  const { id_token_signing_alg_values_supported: _, ...rest } = discoveryOf(asked) as Record<string, unknown>;
  issuer.discovery = text(JSON.stringify({ ...rest, jwks_uri: "https://keys.internal/jwks" }));
  const readerTrusting = (ca: string | undefined) => (url: string) =>
    world.readerTrusting(ca)(url.replace(/^https:\/\/(is|keys)\.internal(:9443)?/, "https://id.example.com"));
  const report = await examine({ issuer: asked, asker: mirror(), world: { ...world, readerTrusting } });
  expect(troubles(report)).toEqual([]);
  for (const check of ["issuer-host", "issuer-port", "discovery-type", "discovery-members"])
    expect(rowsOf(report, check)[0]?.what, check).toMatch(
      /: does not apply: the mirror connects from its VPC, not API Gateway$/,
    );
  expect(rowsOf(report, "jwks-host")[0]).toMatchObject({ level: "pass" });
});

test("keys on localhost are the mistake that they are anywhere", async () => {
  const { examine, issuer } = await start();
  issuer.discovery = json(discoveryOf(ISSUER, { jwks_uri: "https://localhost:9443/oauth2/jwks" }));
  expect(troubles(await examine({ asker: mirror() }))).toContain("jwks-host: fail");
});

test("what the mirror asks as API Gateway does fails as well", async () => {
  const { examine, issuer } = await start();
  issuer.discovery = json(discoveryOf(ISSUER, { issuer: "https://other.example" }));
  issuer.jwks = faults[500];
  expect(troubles(await examine({ asker: mirror() }))).toEqual(["discovery-issuer: fail", "jwks: fail"]);
});

test("a server that does not answer here may answer in the VPC", async () => {
  const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  const { examine } = await start({ world: { shakeHands: () => Promise.reject(refused) } });
  const report = await examine({ asker: mirror() });
  expect(report).toMatchObject({ usable: false, reached: false });
  expect(rowsOf(report, "tls-chain")[0]?.fix).toContain("from the mirror's VPC as well");
});

test("a name that only the VPC's resolver may know fails, and whether it works there stays open", async () => {
  const notFound = Object.assign(new Error("no"), { code: "ENOTFOUND" });
  const { examine } = await start({ world: { lookup: () => Promise.reject(notFound) } });
  const report = await examine({ asker: mirror() });
  expect(report).toMatchObject({ usable: false, reached: false, createAuthorizer: null });
  expect(rowsOf(report, "dns")[0]?.what).toContain("the resolver of the mirror's VPC may know it all the same");
});
