import { createServer, type IncomingMessage } from "node:http";
import type { Engine } from "./engine.ts";
import { forward, listen } from "./loopback-issuer.ts";

/** An engine's address at which every call is noted, and no role can be taken on: whoever calls has its own rights only. */
export interface Recorder {
  readonly engine: Engine;
  /** Such as `cloudformation:DescribeStacks`, each once, sorted. */
  readonly calls: () => readonly string[];
  close(): void;
}

const REFUSED = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`;

export async function startRecorder(engine: Engine): Promise<Recorder> {
  const calls = new Set<string>();
  const server = createServer((incoming, response) => {
    void readBody(incoming).then((body) => {
      const call = callOf(incoming, body);
      calls.add(call);
      if (call === "sts:AssumeRole") response.writeHead(403, { "content-type": "text/xml" }).end(REFUSED);
      else forward(incoming, response, { port: engine.port, host: `localhost:${engine.port}`, body });
    });
  });
  const port = await listen(server);
  return {
    engine: { ...engine, endpoint: `http://localhost:${port}` },
    calls: () => [...calls].toSorted(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The service is in the signature's scope; the action in the form (Query protocol), the target (JSON protocol), or nowhere. */
function callOf({ method, url = "", headers }: IncomingMessage, body: Buffer): string {
  const [, service = "unknown"] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  const target = String(headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1);
  const action = new URLSearchParams(body.toString("utf8")).get("Action");
  return `${service}:${action ?? (target || `${method} ${url.split("?", 1)[0]}`)}`;
}
