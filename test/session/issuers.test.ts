import { afterEach, expect, test } from "vitest";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { Issuers } from "../../lib/session/issuers.ts";
import { folderOf, templateOf } from "../assembly/handwritten.ts";

let issuers: Issuers | undefined;

afterEach(async () => {
  await Promise.all(issuers?.embedded.map((one) => one.close()) ?? []);
});

const HOST = "https://is.example.com:9443";
const POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_";

test("tenants of one server, and user pools of one region, are each found at their own address", async () => {
  const named = [
    `${HOST}/t/a/oauth2/token`,
    `${HOST}/t/b/oauth2/token`,
    `${HOST}/oauth2/token`,
    `${POOL}A`,
    `${POOL}B`,
  ];
  const files = named.map((issuer, at) => [`S${at}.template.json`, templateOf({ issuer })] as const);
  const { apis } = readAssembly(folderOf(Object.fromEntries(files)));
  issuers = new Issuers({ issuerPort: 0, realIssuer: false, nowMs: Date.now });
  await issuers.follow(apis);
  const originOf = (issuer: string) => issuers?.embedded.find((one) => one.issuer === issuer)?.origin;
  expect(Object.fromEntries(issuers.issuerRedirects)).toEqual({
    [`${HOST}/t/a`]: originOf(`${HOST}/t/a/oauth2/token`),
    [`${HOST}/t/b`]: originOf(`${HOST}/t/b/oauth2/token`),
    [HOST]: originOf(`${HOST}/oauth2/token`),
    [`${POOL}A`]: originOf(`${POOL}A`),
    [`${POOL}B`]: originOf(`${POOL}B`),
  });
  expect(new Set(issuers.issuerRedirects.values()).size).toBe(5);
});
