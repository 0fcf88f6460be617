import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCaBundle } from "../../lib/config/ca-bundle.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import { makeAuthority, makeSelfSigned } from "../keys/certificates.ts";

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const folder = mkdtempSync(join(tmpdir(), "gatehouse-ca-"));
const authority = await makeAuthority();
const { ca } = authority;
const { key } = await authority.issue();

function fileOf(text: string): string {
  const file = join(folder, `${text.length}.pem`);
  writeFileSync(file, text);
  return file;
}

function gotOf(text: string, nowMs = NOW_MS): string {
  try {
    readCaBundle(fileOf(text), nowMs);
  } catch (error) {
    if (error instanceof Mistake) return `${error.code}: ${error.say.got}`;
  }
  return "taken";
}

test("authorities in PEM are taken, with text around them, and their names are read", async () => {
  const { ca: second } = await makeAuthority();
  const { subjects } = readCaBundle(fileOf(`# ours\n${ca}\n${second}\n`), NOW_MS);
  expect(subjects).toHaveLength(2);
  expect(subjects[0]).toMatch(/^CN=Test authority/);
});

test("a private key, only or among certificates, is never deployed", () => {
  expect(gotOf(key)).toBe("ca-bundle-wrong: a private key");
  expect(gotOf(`${ca}\n${key}`)).toBe("ca-bundle-wrong: a private key");
  expect(gotOf(`${ca}\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII`)).toBe("ca-bundle-wrong: a private key");
});

test("a certificate that has expired, or is not valid yet, is refused by its name and day", () => {
  expect(gotOf(ca, NOW_MS + YEAR_MS)).toMatch(/^ca-bundle-wrong: CN=Test authority \d+, expired on /);
  expect(gotOf(ca, NOW_MS - YEAR_MS)).toMatch(/^ca-bundle-wrong: CN=Test authority \d+, valid from /);
});

const warningsAt = (days: number) => readCaBundle(fileOf(ca), NOW_MS + days * DAY_MS).warnings;

test("a certificate that ends within 30 days is warned of, by its name and day", () => {
  expect(warningsAt(330)).toEqual([]);
  expect(warningsAt(340)).toEqual([
    expect.stringMatching(/^CN=Test authority \d+ in the CA bundle ends in 2\d days, on .* GMT: put its successor/),
  ]);
});

const notesOf = (text: string) => readCaBundle(fileOf(text), NOW_MS).notes;

test("a certificate that is not an authority is told: trusted as itself only, good for nothing, or refused", async () => {
  const { cert: own } = await makeSelfSigned();
  const { cert: issued } = await authority.issue();
  expect(notesOf(ca)).toEqual([]);
  expect(notesOf(own)).toEqual([expect.stringMatching(/^CN=localhost .* \(CA:FALSE\): it is trusted as itself only/)]);
  expect(notesOf(`${ca}\n${issued}`)).toEqual([expect.stringContaining("vouches for nobody: take it out")]);
  expect(gotOf(issued)).toBe("ca-bundle-wrong: CN=localhost, a server's certificate (CA:FALSE), and no authority");
});

test("what is no PEM, or a damaged one, is refused", () => {
  expect(gotOf("hello")).toBe("ca-bundle-wrong: no certificate");
  expect(gotOf("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")).toBe(
    "ca-bundle-wrong: a certificate that cannot be read",
  );
  expect(gotOf(ca.repeat(300))).toMatch(/^ca-bundle-wrong: \d+ bytes$/);
});

test("a file that is not there is told by its path", () => {
  expect(() => readCaBundle(join(folder, "none.pem"), NOW_MS)).toThrow(/the CA bundle cannot be read[\s\S]+none\.pem/);
});
