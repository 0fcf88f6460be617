import type { ConsoleEvent } from "../wire.ts";
import { Store } from "./store.ts";

/** `locked`: this page has no key, or another gateway answers. */
export type Connection = "connecting" | "live" | "lost" | "locked";

export const connection = new Store<Connection>("connecting");

const KEPT_AS = "gatehouse-console-key";

/** Takes the key out of the address, so that it is in no bookmark and no screenshot; this tab keeps it. */
export function takeKey(): void {
  const [, key] = /^#key=([\w-]+)$/.exec(location.hash) ?? [];
  if (key === undefined) return;
  sessionStorage.setItem(KEPT_AS, key);
  history.replaceState(null, "", "#/requests");
}

const headers = () => ({
  authorization: `Bearer ${sessionStorage.getItem(KEPT_AS) ?? ""}`,
  "content-type": "application/json",
});

/** Calls the console's server. @throws Error with the reason that the server gives */
export async function call<Answer>(path: string, order: object): Promise<Answer> {
  const response = await fetch(`/api/${path}`, { method: "POST", headers: headers(), body: JSON.stringify(order) });
  const answer = (await response.json()) as Answer & { error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the console answered ${response.status}`);
  return answer;
}

/** A server that says nothing for so long is gone: it beats every 15 seconds. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5_000;

/** Follows the event stream for as long as the page is open, and connects again whenever it breaks off. */
export async function followEvents(onEvent: (event: ConsoleEvent) => void): Promise<never> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.6, LONGEST_PAUSE_MS)) {
    try {
      await readStream((event) => {
        pauseMs = FIRST_PAUSE_MS;
        onEvent(event);
      });
    } catch {
      // The stream broke off; what the page shows then says so.
    }
    if (connection.value === "live" || connection.value === "connecting") connection.set("lost");
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}

async function readStream(onEvent: (event: ConsoleEvent) => void): Promise<void> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), SILENCE_MS);
  try {
    const response = await fetch("/api/events", { headers: headers(), signal: stop.signal });
    if (response.status === 403) return connection.set("locked");
    if (!response.ok || !response.body) return;
    connection.set("live");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = "";
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENCE_MS);
      const messages = (waiting + read.value).split("\n\n");
      waiting = messages.pop() ?? "";
      for (const message of messages)
        if (message.startsWith("data: ")) onEvent(JSON.parse(message.slice(6)) as ConsoleEvent);
    }
  } finally {
    clearTimeout(timer);
  }
}
