import { mkdtempSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readThemes } from "../../lib/conformance/case.ts";
import { CHECKOUT } from "../project-copy.ts";
import { type Said, Terminal } from "./run-cli.ts";

interface Counts {
  readonly same: number;
  readonly differs: number;
  readonly choice: number;
  readonly unseen: number;
}

interface Result {
  readonly total: Counts;
  readonly byTheme: Readonly<Record<string, Counts>>;
  readonly cases: readonly { readonly theme: string; readonly id: string; readonly verdict: string }[];
}

const terminal = new Terminal();
const resultOf = ({ out }: Said) => JSON.parse(out) as Result;
const casesOf = (theme: string) => readThemes(CHECKOUT).find(({ name }) => name === theme)?.cases.length;

describe("our own gateway", () => {
  test("one theme: every case is the same, and the exit code says so", async () => {
    const said = await terminal.run(["conformance", "--theme", "scope", "--json"]);
    expect(said.exitCode).toBe(0);
    expect(resultOf(said)).toMatchObject({
      total: { same: casesOf("scope"), differs: 0, choice: 0, unseen: 0 },
      cases: [],
    });
  });

  test("one confidence: a table for people, by theme and by confidence", async () => {
    const { exitCode, out, err } = await terminal.run(["conformance", "--theme", "audience", "--only", "DOC"]);
    const documented = readThemes(CHECKOUT)
      .find(({ name }) => name === "audience")
      ?.cases.filter(({ confidence }) => confidence === "DOC").length;
    expect(exitCode).toBe(0);
    expect(out).toContain(`${documented} same, 0 differ, 0 differ from our own choice, 0 not asked`);
    expect(out).toMatch(/^confidence .*\nDOC +\d+/m);
    expect(err).toContain("audience …");
  });
});

describe("another target", () => {
  let lax: Server;
  let laxUrl: string;

  beforeAll(async () => {
    lax = createServer((request, response) => {
      request.resume();
      response.setHeader("content-type", "application/json").end('{"message":"everybody is welcome"}');
    });
    await new Promise<void>((resolve) => lax.listen(0, "127.0.0.1", resolve));
    laxUrl = `http://127.0.0.1:${(lax.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => lax.close(resolve)));

  const ask = (...argv: string[]) =>
    terminal.run(["conformance", "--target", laxUrl, "--issuer-port", "0", "--issuer", "http://127.0.0.1/x", ...argv]);

  test("one that lets everybody in differs, case by case, with what was expected", async () => {
    const { exitCode, out } = await ask("--theme", "signature");
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^differs from what is known of AWS: \d+/m);
    expect(out).toMatch(/status: got 200, expected 401/);
  });

  test("what is our own choice is told apart, and counts with --only UNK only", async () => {
    const said = await ask("--theme", "times", "--only", "UNK", "--json");
    const { total, cases } = resultOf(said);
    expect(total.differs).toBe(0);
    expect(total.choice).toBeGreaterThan(5);
    expect(said.exitCode).toBe(1);
    expect(cases.every(({ verdict }) => verdict !== "differs")).toBe(true);
  });

  test("an API without an address is not asked, and says how it would be", async () => {
    const { out } = await ask("--theme", "cors");
    expect(out).toMatch(/not asked, \d+ cases: no address of the API cors was given: --target cors=URL/);
  });

  test("nobody there: a mistake in its four parts", async () => {
    const { exitCode, err } = await terminal.run([
      "conformance",
      "--target",
      "http://127.0.0.1:9",
      "--wait",
      "0",
      "--issuer-port",
      "0",
      "--issuer",
      "http://127.0.0.1/x",
    ]);
    expect(exitCode).toBe(1);
    for (const part of ["what", "got", "expected", "fix"]) expect(err).toMatch(new RegExp(`^ *${part} `, "m"));
    expect(err).toContain("ECONNREFUSED");
  });
});

test("the assembly that is written is served by gatehouse local, and answers as our own gateway does", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "gatehouse-table-")), "out");
  const [issuerPort = 0, port = 0] = await freePorts(5);
  const asked = "--theme audience --theme cors --only DOC,OBS1 --json";
  const targets = `--target http://127.0.0.1:${port} --target cors=http://127.0.0.1:${port + 1}`;
  const asking = terminal.start([
    ..."conformance --write-assembly".split(" "),
    folder,
    ...`--issuer-port ${issuerPort} ${targets} ${asked}`.split(" "),
  ]);
  await expect.poll(() => asking.said.err, { timeout: 10_000 }).toContain("waiting for main");
  expect(readdirSync(folder)).toContain("manifest.json");
  const serving = terminal.start(["local", "--assembly", folder, "--real-issuer", "--port", `${port}`, "--json"]);
  const said = await asking.ended;
  await serving.stop();
  const { total, byTheme } = resultOf(said);
  expect(total).toMatchObject({ differs: 0, choice: 0 });
  expect(byTheme.audience?.same).toBeGreaterThan(10);
  expect(byTheme.cors?.same).toBeGreaterThan(10);
  expect(said.exitCode).toBe(0);
});

test("without a target the assembly is written, and the next step is said", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "gatehouse-table-")), "out");
  const { exitCode, out } = await terminal.run(["conformance", "--write-assembly", folder]);
  expect(exitCode).toBe(0);
  expect(out).toContain("npx gatehouse conformance --issuer-port 9500");
  expect(readdirSync(folder)).toContain("manifest.json");
});

describe("wrong input", () => {
  test.each([
    [["--theme", "weather"], "there is no theme weather"],
    [["--target", "http://127.0.0.1:9", "--issuer", "gopher://x"], "the issuer is not a URL"],
    [["--target", "http://127.0.0.1:9", "--issuer-port", "0"], "--issuer-port 0, which takes any port"],
    [["--write-assembly", "/proc/nowhere/out"], "the conformance APIs cannot be written"],
  ])("%j", async (argv, text) => {
    const { exitCode, out, err } = await terminal.run(["conformance", ...argv]);
    expect([exitCode, out]).toEqual([1, ""]);
    expect(err).toContain(text);
  });

  test.each([
    [["--only", "SURE"], "a confidence is one of DOC"],
    [["--target", "http://127.0.0.1:9/path"], "a target has no path"],
    [["--target", "weather=http://127.0.0.1:9"], "an API is one of main"],
    [["--target", "127.0.0.1"], "a target is http://host:port"],
  ])("%j is of no use", async (argv, text) => {
    const { exitCode, err } = await terminal.run(["conformance", ...argv]);
    expect(exitCode).toBe(2);
    expect(err).toContain(text);
  });
});

/** Ports in a row that nobody listens on: the issuer and the target are named before they are there. */
async function freePorts(count: number): Promise<readonly number[]> {
  for (let first = 20_000 + (process.pid % 5_000); ; first += count) {
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return ports;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
