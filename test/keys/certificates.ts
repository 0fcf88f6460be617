import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate made for a test, and the PEM of its private key. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that nobody else trusts, and what it signs. Made again in each run; nothing of it is kept. */
export interface TestAuthority {
  readonly ca: string;
  issue(options?: LeafOptions): Promise<TestCertificate>;
}

export interface LeafOptions {
  /** @default ["localhost"] */
  readonly names?: readonly string[];
  /** From now. @default 90 */
  readonly daysLeft?: number;
  /** From now. @default -1 */
  readonly beginsInDays?: number;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

const pemOf = (key: webcrypto.CryptoKey) => String(KeyObject.from(key).export({ format: "pem", type: "pkcs8" }));

let serial = 1;

export async function makeAuthority(): Promise<TestAuthority> {
  const keys = await newKeys();
  const name = `CN=Test authority ${serial}`;
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: nextSerial(),
    name,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    ca: authority.toString("pem"),
    issue: async (options = {}) => {
      const leaf = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        ...leafFields(options),
        issuer: name,
        publicKey: leaf.publicKey,
        signingKey: keys.privateKey,
      });
      return { cert: certificate.toString("pem"), key: pemOf(leaf.privateKey) };
    },
  };
}

/** A certificate that vouches for itself, as WSO2's own on port 9443. */
export async function makeSelfSigned(options: LeafOptions = {}): Promise<TestCertificate> {
  const keys = await newKeys();
  const { subject, ...fields } = leafFields(options);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ ...fields, name: subject, keys });
  return { cert: certificate.toString("pem"), key: pemOf(keys.privateKey) };
}

function leafFields({ names = ["localhost"], daysLeft = 90, beginsInDays = -1 }: LeafOptions) {
  const notAfter = Date.now() + daysLeft * DAY_MS;
  return {
    serialNumber: nextSerial(),
    subject: `CN=${names[0]}`,
    notBefore: new Date(Math.min(Date.now() + beginsInDays * DAY_MS, notAfter - DAY_MS)),
    notAfter: new Date(notAfter),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    ],
  };
}

function nextSerial(): string {
  serial += 1;
  return serial.toString(16).padStart(4, "0");
}
