import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentReader } from "../../lib/http/fetch-document.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { makeAuthority, type TestAuthority } from "../keys/certificates.ts";
import { faults } from "../keys/fault-issuer.ts";
import { signToken } from "../keys/jwks.ts";
import { ISSUER, PAIR, type Patient, rowsOf, startPatient, troubles } from "./patient.ts";

const CLIENT = { clientId: "ordersWeb00000001", clientSecret: "for-this-test", audience: [], scopes: ["orders:read"] };

let authority: TestAuthority;
let patient: Patient;
let embedded: EmbeddedIssuer;

beforeAll(async () => {
  authority = await makeAuthority();
  patient = await startPatient(authority);
  embedded = await startEmbeddedIssuer({
    issuer: ISSUER,
    clients: [CLIENT],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });
});
afterAll(() => Promise.all([patient.issuer.close(), embedded.close()]));

const claims = (more: object = {}) => {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: ISSUER, aud: "client-1", iat: now, nbf: now, exp: now + 600, scope: "a", ...more };
};
const audience = ["client-1"];

describe("with a token every rule is asked", () => {
  test("a good one passes all of them", async () => {
    const token = signToken(PAIR.privateKey, { kid: "kid-1" }, claims());
    const report = await patient.examine({ token, audience });
    expect(report.usable).toBe(true);
    const rows = report.results.filter(({ code }) => code.startsWith("token-"));
    expect(rows).toHaveLength(15);
    expect(rows.filter(({ level }) => level === "pass")).toHaveLength(14);
    expect(rows.at(-1)).toMatchObject({
      code: "token-scope",
      level: "skipped",
      what: expect.stringContaining('the token\'s scopes are ["a"]') as string,
    });
    expect(JSON.stringify(report)).not.toContain(token.slice(0, 40));
  });

  test("an opaque one is told from a JWT, with WSO2's remedy", async () => {
    const report = await patient.examine({ token: "3f1c9f8e-0000-4000-8000-5a1d2f4c7b90", audience });
    expect(troubles(report)).toEqual(["token-segments: fail"]);
    expect(rowsOf(report, "token-segments")[0]).toMatchObject({
      fact: "1.10",
      confidence: "OBS+",
      fix: expect.stringContaining("set the application's access token type to JWT in WSO2") as string,
    });
  });

  test.each<[string, object, object, string[]]>([
    ["expired", {}, { exp: 1 }, ["token-expiry: fail"]],
    ["of another issuer", {}, { iss: `${ISSUER}/` }, ["token-issuer: fail"]],
    ["for another client", {}, { aud: "client-2" }, ["token-audience: fail"]],
    ["of a key that is not listed", { kid: "kid-2" }, {}, ["token-key: fail"]],
    [
      "wrong in three ways",
      {},
      { exp: 1, iss: "x", aud: "y" },
      ["token-expiry: fail", "token-issuer: fail", "token-audience: fail"],
    ],
  ])("one that is %s fails by that rule, and by no other", async (_, header, more, found) => {
    const token = signToken(PAIR.privateKey, { kid: "kid-1", ...header }, claims(more));
    const report = await patient.examine({ token, audience });
    expect(troubles(report)).toEqual(found);
    expect(report.usable).toBe(false);
    // A bad token is not a fault of the issuer.
    expect(report.createAuthorizer?.created).toBe(true);
  });

  test("a token that is refused before its key is looked up has its key looked up all the same", async () => {
    const token = signToken(PAIR.privateKey, { kid: "kid-1", alg: "ES256" }, claims());
    const report = await patient.examine({ token, audience });
    expect(troubles(report)).toEqual(["token-algorithm: fail", "token-key: fail"]);
    expect(rowsOf(report, "token-key")[0]?.what).toBe("the JWKS says that this key is for RS256");
  });

  test("a key that is not listed may be one from before an upgrade", async () => {
    const token = signToken(PAIR.privateKey, { kid: "kid-0" }, claims());
    const report = await patient.examine({ token, audience });
    expect(rowsOf(report, "token-key")[0]?.fix).toContain("add_previous_version_kid = true");
  });

  test("without an audience it is not compared, and the token's own is shown", async () => {
    const token = signToken(PAIR.privateKey, { kid: "kid-1" }, claims());
    const report = await patient.examine({ token });
    expect(report.usable).toBe(true);
    expect(rowsOf(report, "token-audience")[0]).toMatchObject({
      level: "skipped",
      what: expect.stringContaining('the token is for "client-1"') as string,
    });
  });

  test("without the issuer's keys the key rule fails and the others are asked all the same", async () => {
    const sick = await startPatient(authority);
    sick.issuer.jwks = faults[500];
    const token = signToken(PAIR.privateKey, { kid: "kid-1" }, claims({ aud: "client-2" }));
    const report = await sick.examine({ token, audience });
    await sick.issuer.close();
    expect(troubles(report)).toEqual(["jwks: fail", "token-key: fail", "token-audience: fail"]);
  });
});

async function examineEmbedded(token: string) {
  const read = documentReader({ httpOnLoopback: true });
  const world = { ...patient.world, readerTrusting: () => (url: string) => read(embedded.locate(url)) };
  return patient.examine({ world, token, audience: [CLIENT.clientId] });
}

describe("before the embedded issuer, in the place of the real one", () => {
  test("its documents and its token pass every check", async () => {
    const report = await examineEmbedded(await embedded.mint());
    expect(troubles(report)).toEqual([]);
    expect(report.results.filter(({ level }) => level === "skipped").map(({ code }) => code)).toEqual(["token-scope"]);
  });

  test("its opaque token and its expired one do not", async () => {
    expect(troubles(await examineEmbedded(await embedded.mint({ flaw: "opaque" })))).toEqual(["token-segments: fail"]);
    expect(troubles(await examineEmbedded(await embedded.mint({ flaw: "expired" })))).toEqual(["token-expiry: fail"]);
  });
});
