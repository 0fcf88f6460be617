import { connect, type Socket } from "node:net";

/** Sends bytes as they are and answers all that comes back until the server closes, or until nothing came for a while. */
export function rawExchange(
  port: number,
  parts: string | Buffer | readonly (string | Buffer)[],
  { quietMs = 3_000, pauseMs = 0 }: { readonly quietMs?: number; readonly pauseMs?: number } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.setTimeout(quietMs, finish);
    socket.on("error", () => undefined);
    socket.on("close", finish);
    void writeAll(socket, typeof parts === "string" || Buffer.isBuffer(parts) ? [parts] : parts, pauseMs);
  });
}

async function writeAll(socket: Socket, parts: readonly (string | Buffer)[], pauseMs: number) {
  for (const part of parts) {
    if (!socket.writable) return;
    socket.write(part);
    if (pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
  }
}

/** `HTTP/1.1 200 OK` of each answer in a text. */
export const statusesOf = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

export const bodyOf = (text: string): string => text.slice(text.indexOf("\r\n\r\n") + 4);
