import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";

// A debugger as VS Code and Chrome have one: the inspector's protocol over a WebSocket (RFC 6455), as far as it is needed.

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
}

export interface InspectorClient {
  /** Calls a method; answers its result. */
  call(method: string, params?: object): Promise<unknown>;
  /** Waits for an event that came, or comes. */
  event(method: string, isWanted?: (params: Readonly<Record<string, unknown>>) => boolean): Promise<Message["params"]>;
  close(): void;
}

/** Attaches to the inspector on a port, as soon as it is there. */
export async function attach(port: number): Promise<InspectorClient> {
  const targets = (await (await retried(() => fetch(`http://127.0.0.1:${port}/json/list`))).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = await webSocket(targets[0]?.webSocketDebuggerUrl ?? "");
  const events: Message[] = [];
  const waiting = new Set<() => void>();
  const answers = new Map<number, (result: unknown) => void>();
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let frame = frameIn(bytes); frame; frame = frameIn(bytes)) {
      bytes = bytes.subarray(frame.length);
      const message = JSON.parse(frame.text) as Message;
      if (message.id === undefined) events.push(message);
      else answers.get(message.id)?.(message.result);
      for (const look of waiting) look();
    }
  });
  let last = 0;
  return {
    call: (method, params = {}) =>
      new Promise((resolve) => {
        last += 1;
        answers.set(last, resolve);
        socket.write(maskedFrame(JSON.stringify({ id: last, method, params })));
      }),
    event: (method, isWanted = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find((one) => one.method === method && isWanted(one.params ?? {}));
          if (!found) return;
          waiting.delete(look);
          resolve(found.params);
        };
        waiting.add(look);
        look();
      }),
    close: () => void socket.destroy(),
  };
}

async function retried<Value>(run: () => Promise<Value>): Promise<Value> {
  for (;;)
    try {
      return await run();
    } catch {
      await new Promise((tick) => setTimeout(tick, 20));
    }
}

async function webSocket(url: string): Promise<Socket> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  const asked = request(url.replace("ws:", "http:"), { headers }).end();
  const [, socket] = (await once(asked, "upgrade")) as [unknown, Socket];
  return socket;
}

/** A text frame of a client: masked, here with zeros. */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}

/** The first frame, once it is there whole. */
function frameIn(bytes: Buffer): { readonly text: string; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return undefined;
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < head + size) return undefined;
  return { text: bytes.toString("utf8", head, head + size), length: head + size };
}
