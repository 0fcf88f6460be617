import { BlockList, isIPv6 } from "node:net";
import { type CheckResult, fail, pass } from "./check.ts";

/** Resolves a name to its addresses, or rejects with an error whose `code` says why. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Whether the issuer's name resolves, and to addresses that the Internet can reach (4.9, OBS1). */
export async function checkAddresses(host: string, lookup: Lookup): Promise<readonly CheckResult[]> {
  let addresses: readonly string[];
  try {
    addresses = await lookup(host);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    return [fail("dns", `${host} does not resolve (${code})`, "publish the name in a public DNS zone, or correct it")];
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
export const isNotPublic = (address: string): boolean => NOT_PUBLIC.check(address, isIPv6(address) ? "ipv6" : "ipv4");
