import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentFetcher, documentReader } from "../../lib/http/fetch-document.ts";
import { makeAuthority, makeSelfSigned, type TestAuthority, type TestCertificate } from "../keys/certificates.ts";
import {
  discoveryOf,
  type FaultIssuer,
  faults,
  json,
  startFaultIssuer,
  startRawIssuer,
  text,
} from "../keys/fault-issuer.ts";
import { type DocumentFetchOutcome, outcomeOf } from "../keys/outcome.ts";

let authority: TestAuthority;
let certificate: TestCertificate;
let issuer: FaultIssuer;

beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await authority.issue();
  issuer = await startFaultIssuer(certificate);
});
afterAll(() => issuer.close());

const fetchFrom = (url: string) => outcomeOf(documentFetcher({ ca: authority.ca })(url));

/** From a server of its own, so that those that take the whole 1,500 ms take them together. */
async function fetchFault(name: keyof typeof faults): Promise<DocumentFetchOutcome> {
  const faulty = await startFaultIssuer(certificate);
  faulty.jwks = faults[name];
  try {
    return await fetchFrom(`https://localhost:${faulty.port}/oauth2/jwks`);
  } finally {
    await faulty.close();
  }
}

// A machine that is busy with something else may be late once; a client that waits too long is late each time.
describe("each failure names its stage and a cause, and never the body", { retry: 2 }, () => {
  test.concurrent.each<[keyof typeof faults, string, RegExp]>([
    ["no answer", "timeout", /within 1500 ms \(waiting for the answer\)/],
    ["a byte every 500 ms", "timeout", /within 1500 ms \(reading the answer\)/],
    ["headers that never end", "timeout", /within 1500 ms \(waiting for the answer\)/],
    ["reset", "connect", /ECONNRESET/],
    ["reset in mid-body", "connect", /ECONNRESET/],
    ["reset between chunks", "connect", /ECONNRESET/],
    ["no HTTP", "parse", /HPE_INVALID/],
    [500, "status", /answered 500/],
    ["a redirect", "redirect", /answered 302 to https:\/\/elsewhere\.example; redirects are not followed/],
    ["20 MB", "size", /larger than 150000 bytes/],
    ["20 MB, announced", "size", /larger than 150000 bytes/],
    ["200 MB as gzip", "size", /content-encoding "gzip"/],
  ])("%s: %s", async (name, stage, detail) => {
    const { fault, elapsedMs } = await fetchFault(name);
    expect(fault?.stage).toBe(stage);
    expect(fault?.detail).toMatch(detail);
    expect(String(fault)).not.toContain("secret-of-the-body");
    expect(elapsedMs).toBeLessThan(1_600);
  });

  test.concurrent("slow TLS: timeout, in the handshake", async () => {
    const silent = await startRawIssuer(() => undefined);
    const { fault, elapsedMs } = await fetchFrom(silent.issuer);
    await silent.close();
    expect([fault?.stage, fault?.detail]).toEqual(["timeout", "no whole answer within 1500 ms (in the TLS handshake)"]);
    expect(elapsedMs).toBeLessThan(1_600);
  });

  test.each([201, 203, 204, 206, 400, 404, 503])(
    "status %d with a document that would be good: status",
    async (status) => {
      const answering = await startFaultIssuer(certificate);
      answering.jwks = text(status === 204 ? "" : '{"keys":[]}', status, { "content-type": "application/json" });
      const { fault } = await fetchFrom(`https://localhost:${answering.port}/oauth2/jwks`);
      await answering.close();
      expect([fault?.stage, fault?.detail]).toEqual(["status", `answered ${status}`]);
    },
  );

  test("a name that does not exist: dns", async () => {
    // Longer than a label may be: refused by the resolver itself, so no network is needed.
    const { fault } = await fetchFrom(`https://${"a".repeat(64)}.invalid/oauth2/jwks`);
    expect(fault?.stage).toBe("dns");
    expect(fault?.detail).toBe("ENOTFOUND");
  });

  test("a port where nobody listens: connect", async () => {
    const gone = await startRawIssuer(() => undefined);
    await gone.close();
    const { fault } = await fetchFrom(gone.issuer);
    expect([fault?.stage, fault?.detail]).toEqual(["connect", "ECONNREFUSED"]);
  });

  test("an http server on an https port: tls", async () => {
    const plain = await startFaultIssuer();
    const { fault } = await fetchFrom(plain.issuer.replace("http:", "https:"));
    await plain.close();
    expect(fault?.stage).toBe("tls");
  });

  test("a connection that is reset in the handshake: tls", async () => {
    const resetting = await startRawIssuer((socket) => void socket.once("data", () => socket.resetAndDestroy()));
    const { fault } = await fetchFrom(resetting.issuer);
    await resetting.close();
    expect([fault?.stage, fault?.detail]).toEqual(["tls", "ECONNRESET"]);
  });

  test.each([
    ["a self-signed certificate", () => makeSelfSigned(), "DEPTH_ZERO_SELF_SIGNED_CERT"],
    [
      "a certificate for another name",
      () => authority.issue({ names: ["other.example"] }),
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    ["an expired certificate", () => authority.issue({ daysLeft: -1 }), "CERT_HAS_EXPIRED"],
  ])("%s: tls", async (_, make, code) => {
    const server = await startFaultIssuer(await make());
    const { fault } = await fetchFrom(server.issuer);
    await server.close();
    expect([fault?.stage, fault?.detail]).toEqual(["tls", code]);
    expect(server.asked).toEqual({ discovery: 0, jwks: 0 });
  });

  test("without the authority, the same certificate is not trusted: tls", async () => {
    const { fault } = await outcomeOf(documentFetcher()(issuer.issuer));
    expect([fault?.stage, fault?.detail]).toEqual(["tls", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
  });
});

describe("what may be fetched", () => {
  test.each([
    ["http", "http://issuer.example/jwks"],
    ["http on loopback, where it is not asked for", "http://127.0.0.1:1/jwks"],
    ["a file", "file:///etc/passwd"],
    ["data", "data:application/json,{}"],
    ["no URL", "not a URL"],
    ["a user name", "https://user:word@localhost/jwks"],
  ])("%s is refused before any socket is opened", async (_, url) => {
    const { fault } = await fetchFrom(url);
    expect(fault?.stage).toBe("connect");
    expect(fault?.detail).toMatch(/is not an https URL|holds a user name/);
    expect(fault?.detail).not.toContain("word");
  });

  test("http on loopback is fetched where it is asked for, and on no other host", async () => {
    const plain = await startFaultIssuer();
    const read = documentFetcher({ httpOnLoopback: true });
    plain.jwks = json({ keys: [] });
    expect(await read(plain.issuer)).toBe('{"keys":[]}');
    await plain.close();
    const { fault } = await outcomeOf(read("http://localhost.example/jwks"));
    expect(fault?.detail).toBe('"http://localhost.example/jwks" is not an https URL');
  });

  test("an answer brings its text, size, content type and date", async () => {
    issuer.jwks = json(discoveryOf("https://ü.example"), { date: "Tue, 24 Nov 2026 10:00:00 GMT" });
    const document = await documentReader({ ca: authority.ca })(`https://localhost:${issuer.port}/x`);
    expect(JSON.parse(document.text)).toEqual(discoveryOf("https://ü.example"));
    expect(document.bytes).toBe(Buffer.byteLength(document.text));
    expect(document.contentType).toBe("application/json");
    expect(document.date).toBe("Tue, 24 Nov 2026 10:00:00 GMT");
  });

  test("4.10 an answer of 150,000 bytes is taken, one of 150,001 is not", async () => {
    issuer.jwks = text("x".repeat(150_000));
    expect((await fetchFrom(`https://localhost:${issuer.port}/x`)).text).toHaveLength(150_000);
    issuer.jwks = (response) => {
      response.writeHead(200);
      response.write("x".repeat(150_000));
      response.end("x");
    };
    expect((await fetchFrom(`https://localhost:${issuer.port}/x`)).fault?.stage).toBe("size");
  });

  test("nothing is left open: no socket stays after an answer or a fault", async () => {
    issuer.jwks = faults["20 MB"];
    await fetchFrom(`https://localhost:${issuer.port}/x`);
    issuer.jwks = (response) => void response.writeHead(500).write("and then nothing more");
    await fetchFrom(`https://localhost:${issuer.port}/x`);
    issuer.jwks = faults["no answer"];
    await outcomeOf(documentFetcher({ ca: authority.ca, deadlineMs: 100 })(`https://localhost:${issuer.port}/x`));
    issuer.jwks = json({ keys: [] });
    await fetchFrom(`https://localhost:${issuer.port}/x`);
    await expect.poll(() => issuer.connections()).toBe(0);
  });
});
