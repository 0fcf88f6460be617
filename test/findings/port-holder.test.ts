import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { portHolder } from "../../lib/findings/port-holder.ts";

test("the program that listens on a port is named with its process", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  expect(portHolder(port)).toMatch(new RegExp(`^\\S.* \\(pid ${process.pid}\\)$`));
  await new Promise((resolve) => server.close(resolve));
  expect(portHolder(port)).toBeUndefined();
});
