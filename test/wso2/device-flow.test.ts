import { expect, test } from "vitest";
import type { Answered, Exchange, Unanswered } from "../../lib/http/exchange.ts";
import { type DevicePrompt, deviceGranter } from "../../lib/wso2/device-flow.ts";

// The device authorization grant (RFC 8628) against answers of our own, on a clock that the waits move.

const ISSUER = "https://is.example.com:9443/oauth2/token";
const CODE = {
  device_code: "device-secret-0001",
  user_code: "WDJB-MJHT",
  verification_uri: "https://is.example.com:9443/authenticationendpoint/device.do",
  expires_in: 60,
};
const LOST: Unanswered = { kind: "unanswered", stage: "connect", detail: "ECONNRESET" };
const answer = (status: number, body: object): Answered => ({
  kind: "answered",
  status,
  headers: {},
  body: JSON.stringify(body),
});
const pending = answer(400, { error: "authorization_pending" });
const granted = answer(200, { access_token: "t", expires_in: 3_600 });

interface Choices {
  readonly code?: Answered | Unanswered;
  readonly polls?: readonly (Answered | Unanswered)[];
  readonly clientSecret?: string;
  readonly stopAfter?: number;
  readonly documents?: object;
}

/** Runs the flow; the last answer repeats. */
async function flow({ code = answer(200, CODE), polls = [granted], clientSecret, stopAfter, documents }: Choices) {
  const sent: Exchange[] = [];
  const waits: number[] = [];
  const prompts: DevicePrompt[] = [];
  const stop = new AbortController();
  let now = 0;
  let polled = 0;
  const grant = deviceGranter(
    ISSUER,
    clientSecret === undefined ? { clientId: "tv" } : { clientId: "tv", clientSecret },
    {
      fetchDocument: async () =>
        JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, token_endpoint: ISSUER, ...documents }),
      ask: async (exchange) => {
        sent.push(exchange);
        if (exchange.url !== ISSUER) return code;
        polled += 1;
        return polls[Math.min(polled, polls.length) - 1] ?? LOST;
      },
      nowMs: () => now,
      wait: async (ms) => {
        waits.push(ms / 1_000);
        now += ms;
        if (waits.length === stopAfter) stop.abort();
      },
      stopped: stop.signal,
      onPrompt: (prompt) => prompts.push(prompt),
    },
  );
  return { outcome: await grant(["orders:read"]), sent, waits, prompts };
}

test("shows the address and the code, then asks until the person has signed in", async () => {
  const { outcome, sent, waits, prompts } = await flow({ polls: [pending, pending, granted] });
  expect(outcome).toEqual({ kind: "granted", token: "t", expiresInSeconds: 3_600 });
  expect(prompts).toEqual([
    { verificationUri: CODE.verification_uri, userCode: CODE.user_code, expiresInSeconds: CODE.expires_in },
  ]);
  expect(waits).toEqual([5, 5, 5]);
  expect(sent.map(({ url }) => url)).toEqual([ISSUER.replace("/token", "/device_authorize"), ISSUER, ISSUER, ISSUER]);
  expect(sent.map(({ body }) => body).slice(0, 2)).toEqual([
    "scope=orders%3Aread&client_id=tv",
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=device-secret-0001&client_id=tv",
  ]);
});

test("asks where the discovery document says; a client with a secret shows it in the header only", async () => {
  const documents = { device_authorization_endpoint: "https://is.example.com/device" };
  const { sent } = await flow({ documents, clientSecret: "s3cret-0001" });
  expect(sent[0]?.url).toBe("https://is.example.com/device");
  expect(sent.map(({ headers }) => headers?.authorization)).toEqual(
    Array.from({ length: 2 }, () => `Basic ${Buffer.from("tv:s3cret-0001").toString("base64")}`),
  );
  expect(sent.map(({ body }) => body).join("\n")).not.toContain("s3cret-0001");
});

test("waits as long as the issuer asks, within a minute, and five seconds more after each slow_down", async () => {
  const slow = answer(400, { error: "slow_down" });
  const code = answer(200, { ...CODE, interval: 2 });
  expect((await flow({ code, polls: [slow, slow, pending, granted] })).waits).toEqual([2, 7, 12, 12]);
  const long = answer(200, { ...CODE, interval: 1e9, expires_in: 600 });
  expect((await flow({ code: long })).waits).toEqual([60]);
});

test("ends when the code does, after half an hour at most", async () => {
  const expired = { kind: "unanswered", stage: "timeout", detail: "the code expired before the person signed in" };
  const { outcome, waits } = await flow({ polls: [pending] });
  expect([outcome, waits.length]).toEqual([expired, 13]);
  const endless = await flow({ code: answer(200, { ...CODE, interval: 60, expires_in: 1e12 }), polls: [pending] });
  expect([endless.outcome, endless.waits.length]).toEqual([expired, 31]);
});

test("goes on after lost answers, but not after three in a row", async () => {
  const { outcome } = await flow({ polls: [LOST, LOST, pending, LOST, LOST, granted] });
  expect(outcome).toMatchObject({ kind: "granted" });
  const lost = await flow({ polls: [LOST] });
  expect([lost.outcome, lost.waits.length]).toEqual([LOST, 3]);
});

test("ends at Ctrl-C without another request", async () => {
  const { outcome, sent } = await flow({ polls: [pending], stopAfter: 2 });
  expect(outcome).toMatchObject({ kind: "unanswered", detail: "stopped before the person signed in" });
  expect(sent).toHaveLength(2);
});

test("a refusal is told without the code and without the secret", async () => {
  const clientSecret = "s3cret-0001";
  const denied = { error: "access_denied", error_description: `no: ${CODE.device_code} ${clientSecret}` };
  const { outcome } = await flow({ polls: [answer(400, denied)], clientSecret });
  expect(outcome).toEqual({ kind: "refused", status: 400, error: "access_denied", description: "no: *** ***" });
});

test.for<[string, Answered | Unanswered, object]>([
  ["no answer", LOST, LOST],
  ["a refusal", answer(401, { error: "invalid_client" }), { kind: "refused", status: 401, error: "invalid_client" }],
  ["no code", answer(200, { ...CODE, user_code: "" }), { kind: "refused", status: 200 }],
  ["a code without end", answer(200, { ...CODE, user_code: "A".repeat(101) }), { kind: "refused", status: 200 }],
  [
    "an address of another kind",
    answer(200, { ...CODE, verification_uri: "javascript:alert(1)" }),
    { kind: "refused" },
  ],
  ["no JSON", { ...answer(200, {}), body: "<html>" }, { kind: "refused", status: 200 }],
])("an authorization endpoint with %s ends it before anything is shown", async ([, code, expected]) => {
  const { outcome, prompts, waits } = await flow({ code });
  expect(outcome).toMatchObject(expected);
  expect([prompts, waits]).toEqual([[], []]);
});

test("an issuer without a device endpoint is told so", async () => {
  const { outcome } = await flow({ documents: { token_endpoint: "https://is.example.com/realms/x/token" } });
  expect(outcome).toMatchObject({
    kind: "unanswered",
    detail: expect.stringContaining("device_authorization_endpoint"),
  });
});
