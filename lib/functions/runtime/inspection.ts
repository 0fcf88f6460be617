// A debugger in a function's process: Node's own inspector, on loopback.
import { once } from "node:events";
import inspector from "node:inspector";
import { createServer } from "node:net";

const HOST = "127.0.0.1";
/** A process that was replaced has its port until its last request is answered. */
const LONGEST_WAIT_MS = 1_500;
const PAUSE_MS = 50;

/** Opens the inspector on a port as soon as the port is free. @returns whether it is open */
export async function openInspector(port: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= LONGEST_WAIT_MS; waitedMs += PAUSE_MS) {
    if (await isFree(port)) {
      inspector.open(port, HOST);
      return inspector.url() !== undefined;
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  return false;
}

/** Asked of a server of our own: the inspector writes its complaint past JavaScript. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server.listen({ port, host: HOST }), "listening");
  try {
    await listening;
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
