import { BlockList, isIPv6 } from "node:net";
import { isOnLoopback } from "../http/fetch-document.ts";
import { type Asker, reachesPrivate } from "./asker.ts";
import { type DoctorFinding, fail, pass } from "./check.ts";
import { isLocalName } from "./issuer-form.ts";

/** Resolves a name to its addresses, or rejects with an error whose `code` says why. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Whether the issuer's name resolves, and to addresses that the Internet can reach (4.9, OBS1). */
export async function checkAddresses(host: string, lookup: Lookup, asker: Asker): Promise<readonly DoctorFinding[]> {
  let addresses: readonly string[];
  try {
    addresses = await lookup(host);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    if (reachesPrivate(asker))
      return [
        fail(
          "dns",
          `${host} does not resolve here (${code}); the resolver of the mirror's VPC may know it all the same`,
          "ask from inside that network, or correct the name",
        ),
      ];
    return [
      fail(
        "dns",
        `${host} does not resolve (${code}), or this machine has no public DNS`,
        "see that this machine resolves other names; where it does, publish the name in a public DNS zone, or correct it",
      ),
    ];
  }
  if (addresses.length === 0)
    return [fail("dns", `${host} has no address`, "publish an A or AAAA record in a public DNS zone")];
  const closed = addresses.filter(isNotPublic);
  return [
    pass("dns", `${host} is ${addresses.join(", ")}`),
    closed.length === 0
      ? pass("dns-public", "every address is a public one, as seen from here")
      : fail(
          "dns-public",
          `${closed.join(", ")} cannot be reached from the Internet`,
          "API Gateway has no private way to an issuer: publish it, or use the mirror Lambda in a VPC (authorizer: lambda)",
        ),
  ];
}

/**
 * Whether the Internet, or the mirror's VPC, can reach the host of the keys, where it is another than the issuer's. A WSO2 that was not told
 * its public name writes `localhost:9443` into its discovery document.
 */
export async function checkKeysHost(
  jwksUri: string,
  issuer: string,
  lookup: Lookup,
  asker: Asker,
): Promise<DoctorFinding> {
  const url = new URL(jwksUri);
  const { host, hostname } = url;
  const privately = reachesPrivate(asker);
  const remedy =
    "tell WSO2 its public name ([server] hostname, [transport.https.properties] proxyPort in deployment.toml)";
  if (host === new URL(issuer).host) return pass("jwks-host", "jwks_uri is on the issuer's host");
  const named = `jwks_uri is on ${host.slice(0, 100)}`;
  if (privately ? isOnLoopback(url) : isLocalName(hostname))
    return fail("jwks-host", `${named}, which only this machine or network knows`, remedy);
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, "")).catch(() => []);
  if (addresses.length === 0) return fail("jwks-host", `${named}, which does not resolve`, remedy);
  return !privately && addresses.some(isNotPublic)
    ? fail("jwks-host", `${named} (${addresses.join(", ")}), which the Internet cannot reach`, remedy)
    : pass("jwks-host", `${named} (${addresses.join(", ")})`);
}

// IANA's special-purpose registries (RFC 6890): what is not for the Internet.
const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  NOT_PUBLIC.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 127],
  ["100::", 64],
  ["2001:db8::", 32],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  NOT_PUBLIC.addSubnet(network, bits, "ipv6");

/** Whether an address is of a range that the Internet does not route: private, loopback, link-local, documentation. */
const isNotPublic = (address: string) => NOT_PUBLIC.check(address, isIPv6(address) ? "ipv6" : "ipv4");
