import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { Option } from "commander";
import { type FourParts, Mistake } from "../findings/mistake.ts";
import { readGivenFile } from "./given-file.ts";
import type { Io } from "./io.ts";

const SAY: Omit<FourParts, "what" | "got"> = {
  expected: "a PEM file of certificates",
  fix: "openssl s_client -connect HOST:9443 -showcerts, and save the certificate that you trust",
};

export const caOption = (): Option =>
  new Option("--ca <file>", "trust only the authorities in this PEM file, for an issuer with a certificate of its own");

/** What a connection to the issuer trusts. @default - the authorities that come with Node */
export interface Authorities {
  /** PEM */
  readonly ca?: string;
}

/** The authorities in the file of `--ca`. @throws Mistake `ca-missing`, `ca-wrong` */
export function authoritiesOf(file: string | undefined, { cwd }: Pick<Io, "cwd">): Authorities {
  if (file === undefined) return {};
  const pem = readGivenFile(resolve(cwd, file), "ca-missing", { what: "the file of --ca cannot be read", ...SAY });
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length > 0 && blocks.every(isCertificate)) return { ca: pem };
  const got = `${file}, ${blocks.length === 0 ? "which has none" : "with one that cannot be read"}`;
  throw new Mistake("ca-wrong", { what: "the file of --ca holds no certificates in PEM", got, ...SAY });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
