import { checkServerIdentity, type DetailedPeerCertificate } from "node:tls";
import { type Asker, reachesPrivate } from "./asker.ts";
import { type DoctorFinding, fail, pass, warn } from "./check.ts";
import type { Handshake, ShakeHands } from "./handshake.ts";

const DAY_MS = 86_400_000;
const FEW_DAYS = 30;

export interface CertificateFindings {
  readonly results: readonly DoctorFinding[];
  /**
   * PEM of what to trust for the documents, and nothing else: the mirror's authorities, or the end of a chain that nobody trusts
   * (where it signed itself, `doctor` can look further than who asks). Undefined for what Node trusts.
   */
  readonly trusted: string | undefined;
  /** Whether there was a handshake at all: where not, this machine's own network may be why. */
  readonly reached: boolean;
}

/**
 * Whether the issuer's certificate is trusted, by chain, name and days: by the public authorities for API Gateway (4.9,
 * OBS1), by its own for the mirror.
 */
export async function checkCertificate(
  url: URL,
  shakeHands: ShakeHands,
  nowMs: number,
  asker: Asker,
): Promise<CertificateFindings> {
  const bundle = asker.kind === "mirror" ? asker.ca : undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || 443);
  let shown: Handshake;
  let here: Handshake;
  try {
    shown = await shakeHands(host, port, bundle === undefined ? "public" : { only: bundle });
    here = shown.chainError === undefined ? shown : await shakeHands(host, port, "here");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const from = reachesPrivate(asker) ? "the mirror's VPC" : "the Internet";
    const remedy = `see that an https server answers on port ${port} of ${host}, from ${from} as well, and that this machine may go out`;
    const results = [fail("tls-chain", `no TLS handshake: ${code}`, remedy)];
    return { results, trusted: undefined, reached: false };
  }
  const { certificate } = shown;
  const results = [checkChain(shown, here, asker), checkName(host, certificate), checkDays(certificate, nowMs)];
  if (shown.chainError === undefined) return { results, trusted: bundle, reached: true };
  return { results, trusted: here.chainError === undefined ? undefined : endOf(certificate), reached: true };
}

function checkChain(shown: Handshake, here: Handshake, asker: Asker): DoctorFinding {
  const { chainError } = shown;
  if (asker.kind === "mirror" && asker.ca !== undefined) return checkOwnChain(shown);
  const ofMirror = asker.kind === "mirror" ? MIRROR_REMEDY : undefined;
  if (chainError === undefined)
    return pass("tls-chain", `signed by ${nameOf(shown.certificate.issuer)}, which public authorities vouch for`);
  if (here.chainError === undefined)
    return fail(
      "tls-chain",
      `trusted on this machine only (NODE_EXTRA_CA_CERTS or the system), not by public authorities (${chainError})`,
      ofMirror ?? "install a certificate of a public authority: API Gateway trusts no other, and no setting adds one",
    );
  const cause = CHAIN_ERRORS[chainError] ?? `the chain is not trusted (${chainError})`;
  return fail("tls-chain", cause, ofMirror ?? CHAIN_REMEDY);
}

/** By the authorities of the environment's `caBundle`, which replace the public ones. */
function checkOwnChain({ chainError, certificate }: Handshake): DoctorFinding {
  if (chainError === undefined)
    return pass("tls-chain", `signed by ${nameOf(certificate.issuer)}, which caBundle vouches for`);
  const isOfDays = chainError.startsWith("CERT_");
  return fail(
    "tls-chain",
    (isOfDays ? CHAIN_ERRORS[chainError] : undefined) ?? `caBundle does not vouch for the certificate (${chainError})`,
    isOfDays
      ? "renew it, or see the clock"
      : "put its authority into caBundle, and each intermediate that the server does not send: the mirror trusts these only",
  );
}

const MIRROR_REMEDY = "name its authority in the environment's caBundle, or install a certificate of a public one";

const CHAIN_ERRORS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT), as WSO2's own on port 9443 is",
  SELF_SIGNED_CERT_IN_CHAIN: "the chain ends in an authority that is not public (SELF_SIGNED_CERT_IN_CHAIN)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the server sends no intermediate certificate, or its authority is not public (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the server's chain is not whole, or its authority is not public (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)",
  CERT_HAS_EXPIRED: "a certificate of the chain has expired (CERT_HAS_EXPIRED)",
  CERT_NOT_YET_VALID: "a certificate of the chain is not valid yet (CERT_NOT_YET_VALID)",
};

const CHAIN_REMEDY =
  "install a certificate of a public authority with its whole chain, in WSO2's keystore or on a proxy on port 443 before it";

function checkName(host: string, certificate: DetailedPeerCertificate): DoctorFinding {
  const names = certificate.subjectaltname ?? "no name";
  if (checkServerIdentity(host, certificate) === undefined) return pass("tls-name", `the certificate is for ${host}`);
  return fail(
    "tls-name",
    `the certificate is for ${names.slice(0, 200)}, not for ${host}`,
    "install a certificate for the issuer's host name, or set the issuer to the host that it is for",
  );
}

function checkDays({ valid_from: from, valid_to: to }: DetailedPeerCertificate, nowMs: number): DoctorFinding {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const until = Number.isNaN(toMs) ? to : new Date(toMs).toISOString().slice(0, 10);
  const days = Math.floor((toMs - nowMs) / DAY_MS);
  if (!(fromMs <= nowMs)) return fail("tls-days", `the certificate is valid from ${from} on`, "set the clock, or wait");
  if (!(toMs > nowMs))
    return fail(
      "tls-days",
      `the certificate expired on ${until}`,
      "renew it; WSO2's default certificates are good for a year from the release",
    );
  if (days < FEW_DAYS)
    return warn("tls-days", `the certificate is good for ${days} more days, until ${until}`, "renew it in time");
  return pass("tls-days", `the certificate is good for ${days} more days, until ${until}`);
}

/** The last certificate that the server sent, as PEM. */
function endOf(certificate: DetailedPeerCertificate): string {
  let end = certificate;
  const seen = new Set<string>();
  while (end.issuerCertificate && !seen.has(end.fingerprint256)) {
    seen.add(end.fingerprint256);
    end = end.issuerCertificate;
  }
  const base64 = end.raw.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

const nameOf = ({ O: organisation, CN: name }: DetailedPeerCertificate["issuer"]) =>
  String(organisation ?? name ?? "an authority");
