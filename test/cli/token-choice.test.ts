import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { announce } from "../../lib/session/running-sessions.ts";
import { Terminal } from "./run-cli.ts";

// Which of several running issuers `token` takes: that of its folder or the one that is named, never one by guess.

let server: Server;
let origin: string;
let terminal: Terminal;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.end(JSON.stringify({ token: `token of ${request.headers.authorization?.replace("Bearer ", "")}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  terminal = new Terminal();
});

/** Notes are by process: this one and its parent are two that live. */
function running(pid: number, folder: string, environment: string | null, audience = ["app"]) {
  const issuer = `https://${environment}.example.com/oauth2/token`;
  const issuers = [{ issuer, issuerUrl: `${origin}/${environment}`, origin, session: folder, audience, scopes: [] }];
  announce({ pid, folder, apiUrl: origin, environment, startedAtMs: pid, issuers }, terminal.env);
}
const twoFolders = () => {
  running(process.pid, "/one", "dev");
  running(process.ppid, "/two", "prod");
};
const token = (cwd: string, ...argv: readonly string[]) => terminal.run(["token", ...argv], { cwd });

describe("token", () => {
  test("takes the issuer of its own folder", async () => {
    twoFolders();
    expect((await token("/two")).out).toBe("token of /two\n");
  });

  test("takes the only one there is, from any folder", async () => {
    running(process.pid, "/one", "dev");
    expect((await token("/elsewhere")).out).toBe("token of /one\n");
  });

  test("does not guess between two other folders, and names both", async () => {
    twoFolders();
    const { exitCode, out, err } = await token("/elsewhere");
    expect([exitCode, out]).toEqual([1, ""]);
    expect(err).toContain("mistake issuer-ambiguous");
    expect(err).toMatch(/of dev, started in \/one[^]*of prod, started in \/two|of prod, started in \/two[^]*of dev/);
    expect((await token("/elsewhere", "--issuer", `${origin}/prod`)).out).toBe("token of /two\n");
  });

  test("--env takes the run of that environment, and no other", async () => {
    twoFolders();
    expect((await token("/one", "--env", "prod")).out).toBe("token of /two\n");
    const { exitCode, err } = await token("/one", "--env", "staging");
    expect(exitCode).toBe(1);
    expect(err).toContain("mistake issuer-not-running");
    expect(err).toContain("of the environment staging");
    expect(err).toContain("npx gatehouse local --env staging");
  });

  test("of an authorizer without audience says that, and not that nothing runs", async () => {
    running(process.pid, "/one", "dev", []);
    const { err } = await token("/one");
    expect(err).toContain("mistake token-audience-unknown");
    expect(err).not.toContain("no embedded issuer runs");
  });
});
