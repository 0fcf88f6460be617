import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportAsText } from "../../lib/cli/reports/doctor-report.ts";
import type { DoctorReport } from "../../lib/doctor/doctor.ts";
import { makeAuthority } from "../keys/certificates.ts";
import { type FaultIssuer, json, startFaultIssuer } from "../keys/fault-issuer.ts";
import { rsaPair, signToken } from "../keys/jwks.ts";
import { Terminal } from "./run-cli.ts";

const PLAIN = { paint: pc.createColors(false), columns: undefined };
const COLOURED = { paint: pc.createColors(true), columns: undefined };
const PAIR = rsaPair("kid-1");
let issuer: FaultIssuer;

beforeAll(async () => {
  issuer = await startFaultIssuer();
  issuer.jwks = json({ keys: [PAIR.jwk] });
});
afterAll(() => issuer.close());

const terminal = new Terminal();
const run = (argv: readonly string[], stdin = "") =>
  terminal.run(["doctor", ...argv], { stdin, env: {}, cwd: import.meta.dirname });

describe("gatehouse doctor", () => {
  test("prints a table of 100 columns for people, its progress on stderr, and exits 1 where something failed", async () => {
    const { exitCode, out, err } = await run(["--issuer", issuer.issuer]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^FAIL {2}issuer-url {13}the issuer's scheme is http:\/\/ \[3\.7 OBS1\]$/m);
    expect(out).toMatch(/^pass {2}jwks-keys {14}1 of 1 keys may verify: kid-1 \(RSA 2048, RS256\)/m);
    expect(out).toContain("CreateAuthorizer would answer 400 BadRequestException [4.14 INF]:");
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(err).toContain("asking for the keys, three times …");
    expect(out).not.toContain("three times");
  });

  test("--json prints one JSON document", async () => {
    const { exitCode, out } = await run(["--issuer", issuer.issuer, "--json"]);
    const report = JSON.parse(out) as DoctorReport;
    expect(exitCode).toBe(1);
    expect(report.usable).toBe(false);
    expect(report.results).toHaveLength(21);
    for (const row of report.results)
      expect(Object.keys(row).toSorted()).toEqual([
        "code",
        "confidence",
        "expected",
        "fact",
        "fix",
        "got",
        "level",
        "what",
      ]);
  });

  test("--token - reads the token from stdin and prints it nowhere", async () => {
    const token = signToken(PAIR.privateKey, { kid: "kid-1" }, { iss: issuer.issuer, aud: "a", exp: 4_102_444_800 });
    const { out, err } = await run(["--issuer", issuer.issuer, "--token", "-", "--audience", "a,b"], `${token}\n`);
    expect(out).toMatch(/^pass {2}token-signature/m);
    expect(out).toMatch(/^pass {2}token-audience/m);
    expect(out + err).not.toContain(token.split(".")[2]);
    expect(out + err).not.toContain(token.split(".")[1]);
  });

  test("a password in the issuer is printed nowhere", async () => {
    const { exitCode, out, err } = await run(["--issuer", issuer.issuer.replace("//", "//user:pass-word@")]);
    expect(exitCode).toBe(1);
    expect(out).toContain("the URL holds a user name");
    expect(out + err).not.toContain("pass-word");
  });

  test("without --issuer it is the environment of cdk.json; both at once are a usage error", async () => {
    const unknown = await run(["--env", "nowhere"]);
    expect(unknown.exitCode).toBe(1);
    expect(unknown.err).toContain("mistake environment-unknown");
    const both = await run(["--env", "dev", "--issuer", issuer.issuer]);
    expect(both.exitCode).toBe(2);
    expect(both.err).toContain("usage: gatehouse doctor");
  });
});

describe("an environment with the Lambda authorizer", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-doctor-"));
  const below = join(folder, "below");
  mkdirSync(below);
  const environment = {
    // RFC 6761: this name resolves nowhere.
    issuer: "https://is.invalid:9443/oauth2/token",
    audience: ["ordersWeb00000001"],
    routes: [{ method: "GET", path: "/orders", scopes: [] }],
    authorizer: "lambda",
    caBundle: "company.pem",
    vpc: {
      vpcId: "vpc-0123456789abcdef0",
      availabilityZones: ["eu-west-1a"],
      subnetIds: ["subnet-0123456789abcdef0"],
      securityGroupIds: ["sg-0123456789abcdef0"],
    },
  };
  writeFileSync(join(folder, "cdk.json"), JSON.stringify({ context: { environments: { prod: environment } } }));
  const ask = () => terminal.run(["doctor", "--env", "prod"], { env: {}, cwd: below });

  test("has its caBundle read from the folder of cdk.json, with synthesis' own words where it cannot be", async () => {
    rmSync(join(folder, "company.pem"), { force: true });
    const missing = await ask();
    expect(missing.exitCode).toBe(1);
    expect(missing.err).toContain("mistake ca-bundle-missing");
    expect(missing.err).toContain(join(folder, "company.pem"));
  });

  test("is answered for the mirror, which takes another port", async () => {
    writeFileSync(join(folder, "company.pem"), (await makeAuthority()).ca);
    const { exitCode, out } = await ask();
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^skip {2}issuer-port/m);
    expect(out).toContain("This is about the mirror");
    expect(out.replaceAll(/\s+/g, " ")).toContain("The mirror trusts the authorities in caBundle, these only");
    expect(out).not.toContain("CreateAuthorizer would");
  });
});

describe("the table", () => {
  const report: DoctorReport = {
    issuer: "https://id.example.com/oauth2/token",
    audience: [],
    checkedAt: "2026-11-24T10:00:00.000Z",
    usable: true,
    reached: true,
    results: [
      {
        code: "discovery-issuer",
        level: "warn",
        got: null,
        expected: null,
        what: `\u001b[31mred\u202e ${"x".repeat(300)}`,
        fix: `a remedy ${"of many words ".repeat(20)}`,
        fact: null,
        confidence: "UNK",
      },
    ],
    asker: { kind: "api-gateway" },
    createAuthorizer: { created: true, message: null, fact: "4.14", confidence: "INF" },
  };

  test("shows an issuer's control characters as JSON does, and leaves its long words whole", () => {
    const text = reportAsText(report, PLAIN);
    expect(text).toMatch(/^WARN {2}discovery-issuer {7}\\u001b\[31mred\\u202e\n {29}x{300}$/m);
    for (const line of text.split("\n").filter((one) => !one.includes("xxx")))
      expect(line.length, line).toBeLessThanOrEqual(100);
    expect(text).toContain("API Gateway can use this issuer.\n0 passed, 1 warning, 0 failed, 0 skipped");
  });

  test("makes no prediction from a machine that did not reach the issuer", () => {
    const createAuthorizer = { created: null, message: "Caught exception", fact: "4.14", confidence: "UNK" } as const;
    const text = reportAsText({ ...report, usable: false, reached: false, createAuthorizer }, PLAIN);
    expect(text.replaceAll("\n", " ")).toContain(
      "It is unknown whether CreateAuthorizer would take this issuer: this machine did not reach it",
    );
    expect(text).toContain("\nIt is unknown from here whether API Gateway can use this issuer.\n");
    expect(text).not.toContain("CreateAuthorizer would answer");
  });

  const MIRROR = { kind: "mirror", inVpc: true, ownAuthorities: true } as const;

  test("says that it is about the mirror, whom it trusts and from where, and nothing of CreateAuthorizer's answer", () => {
    const text = reportAsText({ ...report, asker: MIRROR, createAuthorizer: null }, PLAIN);
    const flat = text.replaceAll("\n", " ");
    expect(flat).toContain("This is about the mirror");
    expect(flat).toContain(
      "The mirror trusts the authorities in caBundle, these only. This machine asked, not one of its VPC",
    );
    expect(flat).toContain("The mirror can use this issuer.");
    expect(text).not.toMatch(/In brackets|400|would take/);
    const bare = { ...report, asker: { ...MIRROR, inVpc: false, ownAuthorities: false }, createAuthorizer: null };
    const bareText = reportAsText(bare, PLAIN).replaceAll("\n", " ");
    expect(bareText).toContain("The mirror trusts the authorities that come with Node.");
    expect(bareText).not.toContain("This machine asked");
  });

  test("leaves open whether the mirror can use an issuer that this machine did not reach", () => {
    const unseen = { ...report, asker: MIRROR, createAuthorizer: null, usable: false, reached: false };
    expect(reportAsText(unseen, PLAIN)).toContain("It is unknown from here whether the mirror can use this issuer.");
  });

  test("is coloured where colours are asked for", () => {
    expect(reportAsText(report, COLOURED)).toContain("\u001b[33mWARN\u001b[39m");
  });
});
