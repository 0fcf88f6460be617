import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, folderOf, serve, templateOf } from "../assembly/handwritten.ts";
import { makeAuthority } from "../keys/certificates.ts";
import { type FaultIssuer, json, startFaultIssuer } from "../keys/fault-issuer.ts";
import { rsaPair, signToken } from "../keys/jwks.ts";
import { Terminal } from "./run-cli.ts";

// `--ca FILE`: an issuer on this machine whose certificate only its own authority vouches for.

const { jwk, privateKey } = rsaPair("key-1");
let issuer: FaultIssuer;
let folder: string;
let pem: string;

beforeAll(async () => {
  const authority = await makeAuthority();
  pem = authority.ca;
  issuer = await startFaultIssuer(await authority.issue());
  issuer.jwks = json({ keys: [jwk] });
  folder = mkdtempSync(join(tmpdir(), "gatehouse-ca-"));
  writeFileSync(join(folder, "ca.pem"), pem);
  writeFileSync(join(folder, "other.pem"), (await makeAuthority()).ca);
  writeFileSync(join(folder, "notes.txt"), "no certificate");
  writeFileSync(join(folder, "cut.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
});
afterAll(() => issuer.close());

function token() {
  const now = Math.floor(Date.now() / 1_000);
  return signToken(privateKey, { kid: "key-1" }, { iss: issuer.issuer, aud: "orders-app", iat: now, exp: now + 60 });
}

const run = (command: string, ...more: readonly string[]) =>
  new Terminal().run([command, "--issuer", issuer.issuer, "--audience", "orders-app", ...more], { cwd: folder });

describe("--ca", () => {
  test("explain asks an issuer that only its own authority vouches for", async () => {
    expect(await run("explain", token(), "--ca", "ca.pem")).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ["without it", []],
    ["with another authority", ["--ca", "other.pem"]],
  ])("explain %s cannot tell, and says that the certificate is why", async (_, more) => {
    const said = await run("explain", token(), ...more);
    expect(said.exitCode).toBe(2);
    expect(said.out).toContain("discovery document (tls)");
  });

  test("doctor checks for a Lambda authorizer with these authorities, since API Gateway has no others", async () => {
    const good = await run("doctor", "--ca", "ca.pem");
    expect(good.out).toMatch(/pass +tls-chain/);
    expect(good.out).toContain("This is about the mirror");
    expect((await run("doctor")).out).toMatch(/FAIL +tls-chain/);
  });

  test.each([
    ["none.pem", "ca-missing"],
    ["notes.txt", "ca-wrong"],
    ["cut.pem", "ca-wrong"],
  ])("%s is the mistake %s", async (file, code) => {
    for (const command of ["explain", "doctor", "mirror"]) {
      const said = await run(command, ...(command === "doctor" ? [] : [token()]), "--ca", file);
      expect(said.err).toContain(`mistake ${code}`);
    }
  });

  test("local asks such an issuer for the keys, and without the file says which option it needs", async () => {
    const assembly = folderOf({ "S.template.json": templateOf({ issuer: issuer.issuer }) });
    await expect(serve(assembly)).rejects.toThrow("--ca FILE");
    const api = await serve(assembly, { ca: pem, assumePermissions: true });
    try {
      expect((await api.ask("/orders", bearer(token()))).status).toBe(200);
      expect((await api.ask("/orders")).status).toBe(401);
    } finally {
      await api.close();
    }
  });
});
