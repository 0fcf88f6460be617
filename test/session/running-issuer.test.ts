import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { requestToken } from "../../lib/session/running-issuer.ts";

const issuerAt = (origin: string) => ({
  issuer: "https://is.example.com/oauth2/token",
  issuerUrl: `${origin}/oauth2/token`,
  origin,
  session: "x",
  audience: [],
  scopes: [],
});

test("an issuer that a note names and that is gone, or another program at its port, is a mistake", async () => {
  const other = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  await expect(requestToken(issuerAt(origin), {})).rejects.toMatchObject({ code: "issuer-not-running" });
  await new Promise((resolve) => other.close(resolve));
  await expect(requestToken(issuerAt(origin), {})).rejects.toMatchObject({ code: "issuer-not-running" });
});
