import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { openIssuerData } from "../../lib/issuer/issuer-data.ts";
import { makeSigningKey } from "../../lib/tokens/signing-keys.ts";

// What an issuer remembers from one start to the next, where it was given a folder.

const ISSUER = "https://is.example.com:9443/oauth2/token";

const signingKey = makeSigningKey(Date.now());

const newFolder = () => join(mkdtempSync(join(tmpdir(), "gatehouse-issuer-data-")), "data");

const nowSeconds = () => Date.now() / 1_000;

async function started(folder: string, key = signingKey): Promise<EmbeddedIssuer> {
  const data = openIssuerData(folder, ISSUER);
  const clients = [{ clientId: "orders", clientSecret: data.secretOf("orders"), audience: [], scopes: [] }];
  return startEmbeddedIssuer({ issuer: ISSUER, data, clients, port: 0, nowSeconds, signingKey: key });
}

const ask = async ({ issuerUrl, clients: [client] }: EmbeddedIssuer, form: Record<string, string>) => {
  const body = new URLSearchParams({ client_id: "orders", client_secret: client?.clientSecret ?? "", ...form });
  return (await (await fetch(issuerUrl, { method: "POST", body })).json()) as Record<string, string>;
};

test("key, secret and refresh tokens are those of the last start", async () => {
  const folder = newFolder();
  const first = await started(folder);
  const { refresh_token: refresh = "" } = await ask(first, {
    grant_type: "password",
    username: "alice",
    password: "alice",
    scope: "openid",
  });
  await first.close();
  const other = makeSigningKey(Date.now());
  const second = await started(folder, other);
  expect([second.kid, second.clients]).toEqual([first.kid, first.clients]);
  const renewed = await ask(second, { grant_type: "refresh_token", refresh_token: refresh });
  expect(renewed.access_token).toBeTypeOf("string");
  await second.close();
});

test.skipIf(process.platform === "win32")("only their owner can read what it keeps", async () => {
  const folder = newFolder();
  await (await started(folder)).close();
  expect((statSync(folder).mode & 0o777).toString(8)).toBe("700");
  expect(readdirSync(folder)).toHaveLength(1);
  for (const name of readdirSync(folder)) expect((statSync(join(folder, name)).mode & 0o777).toString(8)).toBe("600");
});

test("a folder that others may read is not taken", () => {
  const folder = newFolder();
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  expect(() => openIssuerData(folder, ISSUER)).toThrow(expect.objectContaining({ code: "issuer-data-foreign" }));
});

test("a file that is not what Gatehouse wrote is named, not overwritten", async () => {
  const folder = newFolder();
  await (await started(folder)).close();
  const file = join(folder, readdirSync(folder)[0] ?? "");
  writeFileSync(file, "{}");
  expect(() => openIssuerData(folder, ISSUER)).toThrow(expect.objectContaining({ code: "issuer-data-broken" }));
  expect(readFileSync(file, "utf8")).toBe("{}");
});

test("without a folder nothing is kept: each start has another secret", () => {
  const [one, other] = [openIssuerData(undefined, ISSUER), openIssuerData(undefined, ISSUER)];
  expect(one.secretOf("orders")).toBe(one.secretOf("orders"));
  expect(one.secretOf("orders")).not.toBe(other.secretOf("orders"));
});
