import { connect, type Socket } from "node:net";

// The load, in a process of its own: `node --import tsx bench/load.ts <job as JSON>` prints a `LoadResult` as JSON. Bare
// sockets with ready-made requests, because the machine has two cores: what the load takes, the server has not. And
// because each token of a list must be sent once before one is sent again, over all connections together.

export interface LoadJob {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly tokens: readonly string[];
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** Sends requests on one connection, one after the other, until told to stop. */
function keepAsking(
  socket: Socket,
  nextRequest: () => Buffer | undefined,
  onAnswer: (tookMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let received: Buffer | undefined;
    const ask = () => {
      const request = nextRequest();
      if (!request) {
        socket.destroy();
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on("connect", ask);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed a connection")));
    socket.on("data", (chunk: Buffer) => {
      received = received ? Buffer.concat([received, chunk]) : chunk;
      if (!isWhole(received)) return;
      received = undefined;
      onAnswer(performance.now() - sentAt);
      ask();
    });
  });
}

/** @throws Error where the answer is no 200, or not of a known length */
function isWhole(received: Buffer): boolean {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return false;
  const head = received.toString("latin1", 0, headEnd);
  if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`not a 200: ${received.toString("latin1")}`);
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  if (length === undefined) throw new Error(`an answer without a length: ${head}`);
  return received.length >= headEnd + HEAD_END.length + Number(length);
}

async function load({ port, path, connections, seconds, tokens }: LoadJob): Promise<LoadResult> {
  const requests = tokens.map((token) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`),
  );
  const took: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  const next = () => (performance.now() < until ? requests[sent++ % requests.length] : undefined);
  await Promise.all(
    Array.from({ length: connections }, () =>
      keepAsking(connect({ port, host: "127.0.0.1", noDelay: true }), next, (ms) => void took.push(ms)),
    ),
  );
  const elapsed = (performance.now() - startedAt) / 1_000;
  const sorted = took.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { requests: took.length, perSecond: took.length / elapsed, p50Ms: at(0.5), p99Ms: at(0.99) };
}

let text = "";
for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
process.stdout.write(JSON.stringify(await load(JSON.parse(text) as LoadJob)));
