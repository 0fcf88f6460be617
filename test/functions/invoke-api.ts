import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface InvokeApi {
  readonly url: string;
  /** Paths that were asked for. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

/** A server that speaks Lambda's Invoke API, as emulators of Lambda do. @param answer makes the answer of one request */
export async function startInvokeApi(
  answer: (event: unknown, response: ServerResponse, request: IncomingMessage) => void,
): Promise<InvokeApi> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(JSON.parse(Buffer.concat(chunks).toString()), response, request));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
