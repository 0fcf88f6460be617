import { type Header, MASK, type Text } from "../wire.ts";

/** Of package.json; the bundler puts it in. */
declare const GATEHOUSE_VERSION: string;

/** A request as it leaves the console for another tool. */
export interface Exported {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** What came back, for HAR. */
export interface ExportedAnswer {
  readonly atMs: number;
  readonly ms: number;
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly Header[];
  readonly body: Text;
}

/** Headers that each tool writes by itself. */
const OWN = new Set(["host", "content-length", "connection", "accept-encoding"]);

const kept = (headers: readonly Header[]) => headers.filter(([name]) => !OWN.has(name.toLowerCase()));

/** A token that is hidden stands as `$TOKEN`, for the shell to fill in. */
export function asCurl({ method, url, headers, body }: Exported): string {
  const lines = [
    `curl -i${method === "GET" ? "" : ` -X ${method}`} ${quoted(url)}`,
    ...kept(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === "" ? [] : [`--data-binary ${quoted(body)}`]),
  ];
  return lines.join(" \\\n  ");
}

/** In single quotes, in which a shell changes nothing; in double ones where a variable has to be filled in. */
function quoted(text: string): string {
  if (!text.includes(MASK)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `"${text.replace(/["\\$`]/g, "\\$&").replaceAll(MASK, "$TOKEN")}"`;
}

/** For the HTTP clients of editors. */
export function asHttpFile({ method, url, headers, body }: Exported): string {
  const lines = kept(headers).map(([name, value]) => `${name}: ${value}`);
  const text = [`${method} ${url}`, ...lines, ...(body === "" ? [] : ["", body])].join("\n");
  return `${text.includes(MASK) ? "@token = paste a token\n\n" : ""}${text.replaceAll(MASK, "{{token}}")}\n`;
}

/** HTTP Archive 1.2. */
export function asHar(request: Exported, answer: ExportedAnswer): string {
  const { method, url, headers, body } = request;
  const entry = {
    startedDateTime: new Date(answer.atMs).toISOString(),
    time: answer.ms,
    request: {
      method,
      url,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: named(headers),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: new TextEncoder().encode(body).length,
      ...(body === "" ? {} : { postData: { mimeType: typeOf(headers), text: body } }),
    },
    response: {
      status: answer.status,
      statusText: answer.statusText,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: named(answer.headers),
      content: { size: answer.body.bytes, mimeType: typeOf(answer.headers), text: answer.body.text },
      redirectURL: "",
      headersSize: -1,
      bodySize: answer.body.bytes,
    },
    cache: {},
    timings: { send: 0, wait: answer.ms, receive: 0 },
  };
  return JSON.stringify(
    { log: { version: "1.2", creator: { name: "Gatehouse", version: GATEHOUSE_VERSION }, entries: [entry] } },
    null,
    2,
  );
}

const named = (headers: readonly Header[]) => headers.map(([name, value]) => ({ name, value }));

const typeOf = (headers: readonly Header[]) =>
  headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "text/plain";

/** Puts the token where the server hid it. */
export const withToken = (request: Exported, token: string): Exported =>
  JSON.parse(JSON.stringify(request).replaceAll(MASK, JSON.stringify(token).slice(1, -1))) as Exported;
