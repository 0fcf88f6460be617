import { expect, test } from "vitest";
import { checkAddresses } from "../../lib/doctor/addresses.ts";

/** What doctor finds for an issuer whose name resolves to this address. */
const levelOf = async (address: string) => {
  const findings = await checkAddresses("id.example.com", async () => [address], { kind: "api-gateway" });
  return findings.find(({ code }) => code === "dns-public")?.level;
};

test.each([
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "169.254.169.254",
  "172.31.255.255",
  "192.168.0.1",
  "203.0.113.9",
  "224.0.0.1",
  "255.255.255.255",
  "0.0.0.0",
  "::1",
  "fd12::1",
  "fe80::1",
  "2001:db8::1",
])("%s is not for the Internet", async (address) => {
  expect(await levelOf(address)).toBe("fail");
});

test.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "223.255.255.255", "2606:4700::1111"])(
  "%s is a public address",
  async (address) => {
    expect(await levelOf(address)).toBe("pass");
  },
);

test("a name with no address at all fails", async () => {
  expect(await checkAddresses("id.example.com", async () => [], { kind: "api-gateway" })).toMatchObject([
    { code: "dns", level: "fail" },
  ]);
});
