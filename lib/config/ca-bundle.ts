import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Mistake } from "../mistake.ts";

/** A file of certificates that was looked at: what functions get in their code's folder, and trust alone. */
export interface CaBundle {
  /** Absolute path. */
  readonly file: string;
  /** Of the authorities in it, for a person to read. */
  readonly subjects: readonly string[];
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
/** Larger than any bundle of a company's own authorities, and small enough for a function's code. */
const MOST_BYTES = 100_000;

/**
 * Reads the authorities that an issuer's certificate needs, before anything is deployed with them.
 * @throws Mistake `ca-bundle-missing`, or `ca-bundle-wrong` for a file that is no PEM, holds a private key, or a
 * certificate that has expired or is not valid yet
 */
export function readCaBundle(file: string, nowMs: number): CaBundle {
  const certificates = blocksOf(file).map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw wrong(file, "a certificate that cannot be read", "X.509 certificates in PEM", "export it anew", cause);
    }
  });
  for (const { subject, validFrom, validTo } of certificates) {
    const name = oneLine(subject);
    if (Date.parse(validTo) <= nowMs)
      throw wrong(file, `${name}, expired on ${validTo}`, "certificates that are valid today", "renew it");
    if (Date.parse(validFrom) > nowMs)
      throw wrong(file, `${name}, valid from ${validFrom} on`, "certificates that are valid today", "see the clock");
  }
  return { file, subjects: certificates.map(({ subject }) => oneLine(subject)) };
}

function blocksOf(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Mistake(
      "ca-bundle-missing",
      {
        what: "the CA bundle cannot be read",
        got: `caBundle = ${file}`,
        expected: "a PEM file; a relative path begins at the folder of cdk.json",
        fix: "correct caBundle, or put the file there",
      },
      { cause },
    );
  }
  if (text.length > MOST_BYTES)
    throw wrong(
      file,
      `${text.length} bytes`,
      `at most ${MOST_BYTES} bytes`,
      "keep the authorities of the issuer alone",
    );
  const blocks = [...text.matchAll(BLOCK)];
  // A private key in a function's code is readable by everybody who may read the function.
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text))
    throw wrong(file, "a private key", "certificates alone", "take the key out, and replace it if the file was shared");
  const pems = blocks.filter(([, label]) => label === "CERTIFICATE").map(([pem]) => pem);
  if (pems.length === 0)
    throw wrong(
      file,
      "no certificate",
      "-----BEGIN CERTIFICATE----- blocks (PEM)",
      "convert it: openssl x509 -inform der -in FILE -out ca.pem",
    );
  return pems;
}

const wrong = (file: string, got: string, expected: string, fix: string, cause?: unknown) =>
  new Mistake(
    "ca-bundle-wrong",
    { what: `the CA bundle ${file} cannot be deployed`, got, expected, fix },
    cause === undefined ? {} : { cause },
  );

const oneLine = (subject: string) => subject.replaceAll("\n", ", ");
