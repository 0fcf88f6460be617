import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Mistake } from "../findings/mistake.ts";

/** A file of certificates that was looked at: what functions get in their code's folder, and trust nothing else. */
export interface CaBundle {
  /** Absolute path. */
  readonly file: string;
  /** Of the authorities in it, for a person to read. */
  readonly subjects: readonly string[];
  /** What will stop the function from reaching the issuer before long. */
  readonly warnings: readonly string[];
  /** What is right, and may yet surprise. */
  readonly notes: readonly string[];
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
/** Larger than any bundle of a company's own authorities, and small enough for a function's code. */
const MOST_BYTES = 100_000;
const DAY_MS = 86_400_000;
/** Before the end of a certificate: time to get the next one, and to deploy it. */
const WARNING_DAYS = 30;

/**
 * Reads the authorities that an issuer's certificate needs, before anything is deployed with them.
 * @param file absolute, or from the folder on that the process was started in
 * @param nowMs milliseconds since 1970, for the certificates' days: `Date.now()`
 * @throws Mistake `ca-bundle-missing`, or `ca-bundle-wrong` for a file that is no PEM, holds a private key, a certificate
 * that has expired or is not valid yet, or nothing that vouches for a server
 */
export function readCaBundle(file: string, nowMs: number): CaBundle {
  const certificates = blocksOf(file).map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw wrong(file, "a certificate that cannot be read", "X.509 certificates in PEM", "export it again", cause);
    }
  });
  for (const { subject, validFrom, validTo } of certificates) {
    const name = oneLine(subject);
    if (Date.parse(validTo) <= nowMs)
      throw wrong(file, `${name}, expired on ${validTo}`, "certificates that are valid today", "renew it");
    if (Date.parse(validFrom) > nowMs)
      throw wrong(file, `${name}, valid from ${validFrom} on`, "certificates that are valid today", "see the clock");
  }
  return {
    file,
    subjects: certificates.map(({ subject }) => oneLine(subject)),
    warnings: certificates.flatMap((one) => endingOf(one, nowMs)),
    notes: notesOn(file, certificates),
  };
}

function endingOf({ subject, validTo }: X509Certificate, nowMs: number): readonly string[] {
  const days = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  return days >= WARNING_DAYS
    ? []
    : [
        `${oneLine(subject)} in the CA bundle ends in ${days} days, on ${validTo}: put its successor beside it, and deploy`,
      ];
}

/**
 * Node trusts a certificate as an authority (CA:TRUE), or as the very one that a server shows where it signed itself, as
 * WSO2's own has. One that an authority issued is not trusted for standing in the bundle.
 */
function notesOn(file: string, certificates: readonly X509Certificate[]): readonly string[] {
  const others = certificates.filter((one) => !one.ca);
  const issued = others.find((one) => !one.checkIssued(one));
  if (issued && !certificates.some((one) => one.ca || one.checkIssued(one)))
    throw wrong(
      file,
      `${oneLine(issued.subject)}, a server's certificate (CA:FALSE), and no authority`,
      "the authority that issued it: Node does not trust a certificate that is not its own issuer",
      `put the certificate of ${oneLine(issued.issuer)} into the file`,
    );
  return others.map((one) =>
    one.checkIssued(one)
      ? `${oneLine(one.subject)} in the CA bundle is not an authority (CA:FALSE): it is trusted as itself only. When the issuer shows another, every request is refused until that one is in the bundle and deployed`
      : `${oneLine(one.subject)} in the CA bundle is not an authority (CA:FALSE) and vouches for nobody: take it out`,
  );
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
    throw wrong(file, `${text.length} bytes`, `at most ${MOST_BYTES} bytes`, "keep the authorities of the issuer only");
  const blocks = [...text.matchAll(BLOCK)];
  // A private key in a function's code is readable by everybody who may read the function.
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text))
    throw wrong(file, "a private key", "certificates only", "take the key out, and replace it if the file was shared");
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
