import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// What test/keycloak/install.sh left, and a server of it.

const HOME = join(import.meta.dirname, "..", "..", ".artifacts", "keycloak");

const serverFolder = (): string | undefined =>
  existsSync(HOME)
    ? readdirSync(HOME)
        .map((name) => join(HOME, name))
        .find((path) => existsSync(join(path, "built")))
    : undefined;

/** Why there is no Keycloak here; undefined where there is one. */
export function reasonWithout(): string | undefined {
  if (serverFolder() !== undefined) return undefined;
  const file = join(HOME, "reason");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "bash test/keycloak/install.sh has not run";
}

export interface Keycloak {
  readonly issuer: string;
  /** The file of the certificate that it shows. */
  readonly certificate: string;
  /** A token for client credentials. */
  token(clientId: string, scope?: string): Promise<string>;
  close(): Promise<void>;
}

const START_MS = 170_000;

/** Starts it on loopback, with a certificate of its own and the realm of realm.json, in memory. */
export async function startKeycloak(): Promise<Keycloak> {
  const server = serverFolder();
  if (server === undefined) throw new Error("there is no Keycloak here");
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-keycloak-"));
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files], {
    stdio: "ignore",
  });
  mkdirSync(join(server, "data", "import"), { recursive: true });
  cpSync(join(import.meta.dirname, "realm.json"), join(server, "data", "import", "realm.json"));
  const port = await freePort();
  const options = {
    "http-host": "127.0.0.1",
    "https-port": port,
    "https-certificate-file": certificate,
    "https-certificate-key-file": key,
    "hostname-strict": false,
    cache: "local",
  };
  const log = openSync(join(folder, "server.log"), "w");
  const child = spawn(
    join(server, "bin", "kc.sh"),
    ["start", "--optimized", "--import-realm", ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
    // It lives for seconds: Java compiles no more than that needs.
    {
      stdio: ["ignore", log, log],
      detached: true,
      env: { ...process.env, JAVA_OPTS_APPEND: "-XX:TieredStopAtLevel=1" },
    },
  );
  const issuer = `https://localhost:${port}/realms/gatehouse`;
  const ca = readFileSync(certificate);
  try {
    await untilReady(child, `${issuer}/.well-known/openid-configuration`, ca, join(folder, "server.log"));
  } catch (error) {
    await end(child);
    throw error;
  }
  return {
    issuer,
    certificate,
    token: async (clientId, scope) => {
      const form = { grant_type: "client_credentials", client_id: clientId, client_secret: "made-up" };
      const body = new URLSearchParams({ ...form, ...(scope === undefined ? {} : { scope }) }).toString();
      const answer = await ask(`${issuer}/protocol/openid-connect/token`, ca, body);
      const { access_token: token } = JSON.parse(answer.text) as { access_token?: string };
      if (token === undefined) throw new Error(`Keycloak gave no token: ${answer.status} ${answer.text}`);
      return token;
    },
    close: () => end(child),
  };
}

async function untilReady(child: ChildProcess, url: string, ca: Buffer, log: string): Promise<void> {
  const endsAt = Date.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || Date.now() > endsAt)
      throw new Error(`Keycloak does not start:\n${readFileSync(log, "utf8").slice(-2_000)}`);
    const { status } = await ask(url, ca).catch(() => ({ status: 0 }));
    if (status === 200) return;
    await new Promise((next) => setTimeout(next, 250));
  }
}

async function ask(url: string, ca: Buffer, body?: string) {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const asked = request(url, { ca, ...(body === undefined ? {} : { method: "POST", headers }) });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return { status: response.statusCode ?? 0, text };
}

/** The script starts Java as a child of its own: both are of one group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
