import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { createServer } from "node:net";
import { attach } from "../functions/inspector-client.ts";

/** A port that nothing listens on. */
export const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/**
 * Sets a breakpoint in a function's TypeScript, as an editor does: by the source map that the bundle names. Then it calls the
 * function, and lets it go on.
 * @param port of the function's debugger
 * @param word in the line of the source
 * @returns the source and its line, counted from 1, where the function stopped
 */
export async function stopAt(port: number, word: string, call: () => Promise<unknown>): Promise<string> {
  const client = await attach(port);
  try {
    await client.call("Debugger.enable");
    const script = (await client.event("Debugger.scriptParsed", ({ sourceMapURL }) =>
      String(sourceMapURL).endsWith(".map"),
    )) as { scriptId: string; sourceMapURL: string; url: string };
    const map = new SourceMap(JSON.parse(readFileSync(new URL(script.sourceMapURL, script.url), "utf8")));
    const lines = readFileSync(new URL(script.url), "utf8").split("\n");
    const lineNumber = lines.findIndex((line) => line.includes(word));
    await client.call("Debugger.setBreakpoint", {
      location: { scriptId: script.scriptId, lineNumber, columnNumber: lines[lineNumber]?.indexOf(word) },
    });
    const called = call();
    const paused = (await client.event("Debugger.paused")) as {
      callFrames: { location: { lineNumber: number; columnNumber: number } }[];
    };
    const { lineNumber: line, columnNumber: column } = paused.callFrames[0]?.location ?? {
      lineNumber: -1,
      columnNumber: 0,
    };
    const origin = map.findEntry(line, column) as { originalSource?: string; originalLine?: number };
    await client.call("Debugger.resume");
    await called;
    return `${origin.originalSource?.replace(/^(\.\.\/)+/, "")}:${(origin.originalLine ?? -1) + 1}`;
  } finally {
    client.close();
  }
}
