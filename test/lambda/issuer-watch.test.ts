import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWatch, readSettings, type WatchWorld } from "../../lambda/issuer-watch.ts";
import type { KeptText } from "../../lambda/parameter-store.ts";
import { documentReader, type IssuerDocument } from "../../lib/http/fetch-document.ts";
import { IssuerFault } from "../../lib/http/issuer-fault.ts";
import { makeAuthority, makeSelfSigned, type TestAuthority } from "../keys/certificates.ts";
import {
  type Answer,
  discoveryOf,
  type FaultIssuer,
  faults,
  good,
  json,
  startFaultIssuer,
} from "../keys/fault-issuer.ts";
import { ecJwk, rsaJwk } from "../keys/jwks.ts";
import { readEmf } from "./emf.ts";

const ISSUER = "https://is.example.com/oauth2/token";
const MINUTE = 60_000;
const [ONE, TWO] = [rsaJwk("one"), rsaJwk("two")];
const SETTINGS = { issuer: ISSUER, tokenLifetimeMs: 60 * MINUTE, functionName: "watch-of-test" };

/** A text in memory, which can be out of reach. */
function keptInMemory(text = "{}") {
  const kept = {
    text,
    writes: 0,
    fault: undefined as string | undefined,
    read: async () => {
      if (kept.fault) throw new Error(kept.fault);
      return kept.text;
    },
    write: async (next: string) => {
      if (kept.fault) throw new Error(kept.fault);
      kept.text = next;
      kept.writes += 1;
    },
  };
  return kept;
}

/** A world with a clock and documents of its own. */
function fakeWorld({ kept, tookMs = 40 }: { kept?: KeptText; tookMs?: number } = {}) {
  const lines: string[] = [];
  const fake = {
    nowMs: 1_790_000_000_000,
    keys: [ONE] as readonly object[],
    discovery: discoveryOf(ISSUER) as object,
    certificateEnds: "Nov 25 12:00:00 2027 GMT" as string | undefined,
    world: {} as WatchWorld,
    /** The line of the last look. */
    last: () => readEmf(lines.at(-1) ?? ""),
    lines,
  };
  fake.world = {
    readDocument: async (url): Promise<IssuerDocument> => {
      fake.nowMs += tookMs;
      const text = JSON.stringify(url.endsWith("openid-configuration") ? fake.discovery : { keys: fake.keys });
      return {
        text,
        bytes: text.length,
        contentType: undefined,
        date: undefined,
        certificateEnds: fake.certificateEnds,
      };
    },
    nowMs: () => fake.nowMs,
    kept,
    log: (line) => void lines.push(line),
  };
  return fake;
}

describe("a look at a healthy issuer", () => {
  test("is one line in the embedded metric format, under the function's name", async () => {
    const fake = fakeWorld();
    await createWatch(SETTINGS, fake.world)();
    expect(fake.lines).toHaveLength(1);
    const { namespace, dimensions, values, units } = fake.last();
    expect([namespace, dimensions]).toEqual(["Gatehouse/IssuerWatch", { service: "watch-of-test" }]);
    expect(values).toEqual({
      Failures: 0,
      DiscoveryMs: 40,
      JwksMs: 40,
      JwksBytes: JSON.stringify({ keys: [ONE] }).length,
      Keys: 1,
      KeysVanished: 0,
      DefaultKeys: 0,
      CertificateDaysLeft: Math.floor((Date.UTC(2027, 10, 25, 12) - fake.nowMs) / 86_400_000),
    });
    expect([units.DiscoveryMs, units.JwksBytes, units.Keys]).toEqual(["Milliseconds", "Bytes", "Count"]);
  });

  test("says nothing of the look before", async () => {
    const fake = fakeWorld();
    const watch = createWatch(SETTINGS, fake.world);
    await watch();
    fake.discovery = { issuer: "https://other.example.com" };
    await watch();
    expect(fake.last().values).toEqual({
      Failures: 1,
      DiscoveryMs: 40,
      CertificateDaysLeft: expect.any(Number) as number,
    });
    fake.discovery = discoveryOf(ISSUER);
    await watch();
    expect(fake.last().line).not.toHaveProperty("fault");
  });

  test("counts keys that may verify, and says why others may not", async () => {
    const fake = fakeWorld();
    fake.keys = [ONE, ecJwk("ec"), { kty: "RSA" }];
    await createWatch(SETTINGS, fake.world)();
    expect(fake.last().values.Keys).toBe(1);
    expect(fake.last().line.warnings).toMatch(/the key ec is not used: kty is "EC".*has no kid/);
  });

  test("names WSO2's products whose published keys sign here", async () => {
    const fake = fakeWorld();
    const thumbprint = "9bf78253a0cb3154d7f61e53a262fae12c2da7e00cb2603eeb1bd6093af981fe";
    fake.keys = [ONE, rsaJwk(`${Buffer.from(thumbprint).toString("base64url")}_RS256`)];
    await createWatch(SETTINGS, fake.world)();
    expect([fake.last().values.DefaultKeys, fake.last().line.defaultKeysOf]).toEqual([1, "Identity Server 7.1, 7.2"]);
  });

  test("tells the days of the certificate that ends first, where the keys are on another host", async () => {
    const fake = fakeWorld();
    const ends = ["Nov 25 12:00:00 2027 GMT", "Nov 25 12:00:00 2026 GMT"];
    const readDocument: WatchWorld["readDocument"] = async (url) => ({
      ...(await fake.world.readDocument(url)),
      certificateEnds: ends.shift(),
    });
    await createWatch(SETTINGS, { ...fake.world, readDocument })();
    expect(fake.last().values.CertificateDaysLeft).toBe(
      Math.floor((Date.UTC(2026, 10, 25, 12) - fake.nowMs) / 86_400_000),
    );
  });

  test("knows no certificate over http, and tells no days of it", async () => {
    const fake = fakeWorld();
    fake.certificateEnds = undefined;
    await createWatch(SETTINGS, fake.world)();
    expect(fake.last().values).not.toHaveProperty("CertificateDaysLeft");
  });
});

describe("the rotation of keys", () => {
  test("a key that vanished is told by number and name, by the history that another instance kept", async () => {
    const kept = keptInMemory();
    const fake = fakeWorld({ kept });
    await createWatch(SETTINGS, fake.world)();
    fake.keys = [TWO];
    fake.nowMs += 5 * MINUTE;
    await createWatch(SETTINGS, fake.world)();
    expect([fake.last().values.KeysVanished, fake.last().line.vanished]).toEqual([1, "one"]);
  });

  test("an instance that has slept goes by what another one saw meanwhile, and not by its own memory", async () => {
    const kept = keptInMemory();
    const fake = fakeWorld({ kept });
    const [sleeper, other] = [createWatch(SETTINGS, fake.world), createWatch(SETTINGS, fake.world)];
    await sleeper();
    fake.keys = [ONE, TWO];
    await other();
    fake.nowMs += 3 * 60 * MINUTE;
    fake.keys = [TWO];
    await sleeper();
    expect(fake.last().values.KeysVanished).toBe(0);
  });

  test("the history is written when it changes and not else", async () => {
    const kept = keptInMemory();
    const fake = fakeWorld({ kept });
    const watch = createWatch(SETTINGS, fake.world);
    await watch();
    await watch();
    expect(kept.writes).toBe(1);
    fake.keys = [ONE, TWO];
    await watch();
    expect(kept.writes).toBe(2);
  });

  test("a first look without its history does not know, and says neither 0 nor more", async () => {
    const kept = keptInMemory();
    kept.fault = "no way to Systems Manager";
    const fake = fakeWorld({ kept });
    await createWatch(SETTINGS, fake.world)();
    expect(fake.last().values).not.toHaveProperty("KeysVanished");
    expect(fake.last().values.Failures).toBe(0);
    expect(fake.last().line.history).toBe("Error: no way to Systems Manager");
  });

  test("an instance that cannot reach its history goes by its own memory", async () => {
    const kept = keptInMemory();
    kept.fault = "no way to Systems Manager";
    const fake = fakeWorld({ kept });
    const watch = createWatch(SETTINGS, fake.world);
    await watch();
    fake.keys = [TWO];
    await watch();
    expect(fake.last().values.KeysVanished).toBe(1);
    expect(kept.writes).toBe(0);
  });

  test("a look that fails takes no key away", async () => {
    const kept = keptInMemory();
    const fake = fakeWorld({ kept });
    const watch = createWatch(SETTINGS, fake.world);
    await watch();
    fake.keys = [];
    await watch();
    expect([fake.last().values.Failures, fake.last().line.fault]).toEqual([
      1,
      "jwks keys: the JWKS lists no key with a kid",
    ]);
    fake.keys = [ONE];
    await watch();
    expect(fake.last().values.KeysVanished).toBe(0);
  });
});

describe("an issuer on real sockets", () => {
  let authority: TestAuthority;
  const open: FaultIssuer[] = [];
  beforeAll(async () => {
    authority = await makeAuthority();
  });
  afterAll(async () => {
    await Promise.all(open.map((issuer) => issuer.close()));
  });

  async function look(
    answers: { discovery?: Answer; jwks?: Answer },
    certificate = authority.issue({ daysLeft: 12.5 }),
  ) {
    const issuer = await startFaultIssuer(await certificate);
    open.push(issuer);
    Object.assign(issuer, { jwks: json({ keys: [ONE] }), ...answers });
    const lines: string[] = [];
    const watch = createWatch(
      { ...SETTINGS, issuer: issuer.issuer },
      {
        readDocument: documentReader({ ca: authority.ca }),
        nowMs: Date.now,
        kept: undefined,
        log: (line) => void lines.push(line),
      },
    );
    await watch();
    return readEmf(lines[0] ?? "");
  }

  test("shows its certificate's days", async () => {
    const { values } = await look({});
    expect(values).toMatchObject({ Failures: 0, Keys: 1, CertificateDaysLeft: 12 });
  });

  test("shows how long it took", async () => {
    const { values } = await look({ jwks: good.after(300, json({ keys: [ONE] })) });
    expect(values.JwksMs).toBeGreaterThanOrEqual(295);
  });

  test("with a certificate that nobody trusts was not reached, at tls", async () => {
    const { values, line } = await look({}, makeSelfSigned());
    expect(values).toEqual({ Failures: 1 });
    expect(line.fault).toBe("discovery tls: DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test.each(["discovery", "jwks"] as const)(
    "whose %s is any of 17 faults was not reached, and no body is told",
    async (document) => {
      const found = await Promise.all(Object.values(faults).map(async (fault) => look({ [document]: fault })));
      expect(found).toHaveLength(17);
      for (const { values, line } of found) {
        expect(values.Failures).toBe(1);
        expect(line.fault).toMatch(new RegExp(`^${document} \\w+: `));
        expect(JSON.stringify(line)).not.toContain("secret-of-the-body");
      }
    },
  );
});

describe("settings", () => {
  test("are read from the environment, minutes as milliseconds", () => {
    expect(readSettings({ ISSUER, TOKEN_LIFETIME_MINUTES: "90", AWS_LAMBDA_FUNCTION_NAME: "f" })).toEqual({
      issuer: ISSUER,
      tokenLifetimeMs: 5_400_000,
      functionName: "f",
    });
  });

  test.each([
    [{ TOKEN_LIFETIME_MINUTES: "60" }, "ISSUER is missing"],
    [{ ISSUER }, "TOKEN_LIFETIME_MINUTES is not a number above 0"],
    [{ ISSUER, TOKEN_LIFETIME_MINUTES: "0" }, "TOKEN_LIFETIME_MINUTES is not a number above 0"],
  ])("%j are refused: %s", (variables, message) => {
    expect(() => readSettings(variables)).toThrow(message);
  });
});

test("a fault that the reader did not name is a fault all the same", async () => {
  const fake = fakeWorld();
  const world = { ...fake.world, readDocument: () => Promise.reject(new IssuerFault("dns", "ENOTFOUND")) };
  await createWatch(SETTINGS, world)();
  expect([fake.last().values, fake.last().line.fault]).toEqual([{ Failures: 1 }, "discovery dns: ENOTFOUND"]);
});

test("the checker of lines is strict: each required member that is missing is found", () => {
  const line = {
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [{ Namespace: "N", Dimensions: [["service"]], Metrics: [{ Name: "a", Unit: "Count" }] }],
    },
    service: "s",
    a: 1,
  };
  expect(readEmf(JSON.stringify(line)).values).toEqual({ a: 1 });
  const digest = createHash("sha1").update("x").digest("hex");
  for (const broken of [
    { ...line, a: undefined },
    { ...line, a: "1" },
    { ...line, service: undefined },
    { ...line, service: 7 },
    { ...line, _aws: { ...line._aws, Timestamp: undefined } },
    { ...line, _aws: { ...line._aws, CloudWatchMetrics: [] } },
    { ...line, _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: "N", Dimensions: [["service"]] }] } },
    {
      ...line,
      _aws: { Timestamp: 1, CloudWatchMetrics: [{ ...line._aws.CloudWatchMetrics[0], Namespace: digest.slice(40) }] },
    },
  ])
    expect(() => readEmf(JSON.stringify(broken)), JSON.stringify(broken)).toThrow();
});
