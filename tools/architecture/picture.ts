import { Graph, layout } from "@dagrejs/dagre";
import { importsOf, roomOf, sourceFiles, targetOf } from "./imports.ts";
import { type Part, ROOMS } from "./rooms.ts";

// The rooms as an SVG. A room stands above those that it imports. An arrow is left out where a longer way says the same,
// so that the picture stays readable; the table in rooms.ts has every arrow.

const COLOURS: Readonly<Record<Part, { readonly fill: string; readonly line: string }>> = {
  "command line": { fill: "#f3e8ff", line: "#7e3fbf" },
  questions: { fill: "#fff3d6", line: "#b7791f" },
  local: { fill: "#dcf5e3", line: "#2f855a" },
  deployed: { fill: "#ffe3d9", line: "#c05621" },
  shared: { fill: "#e1edfb", line: "#2b6cb0" },
};
const ABOUT: Readonly<Record<Part, string>> = {
  "command line": "what you type",
  questions: "asks a real WSO2 or AWS",
  local: "runs on your laptop",
  deployed: "runs in AWS",
  shared: "used by all",
};

const BOX = { width: 216, height: 62 };
const LEGEND = 46;
const MARGIN = 20;

/** The rooms that another one imports, from the sources. */
export function arrows(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map(Object.keys(ROOMS).map((room) => [room, new Set<string>()]));
  for (const one of sourceFiles().flatMap(importsOf)) {
    const from = drawn(roomOf(one.file));
    const to = drawn(targetOf(one));
    if (from !== to && to !== undefined) found.get(from ?? "")?.add(to);
  }
  return found;
}

/** The room of the picture that a room is, or lies in. */
export function drawn(room: string | undefined): string | undefined {
  if (room === undefined || room in ROOMS) return room;
  return room.includes("/") ? drawn(room.slice(0, room.lastIndexOf("/"))) : undefined;
}

/** The picture of the rooms: the text of docs/architecture.svg. */
export function picture(): string {
  const graph = laidOut();
  const { width = 0, height = 0 } = graph.graph();
  const size = { width: Math.ceil(width), height: Math.ceil(height) + LEGEND };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif">`,
    "<title>The rooms of Gatehouse: each stands above those that it imports</title>",
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#718096"/></marker></defs>',
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    ...graph.edges().map((edge: { readonly v: string; readonly w: string }) => arrow(graph.edge(edge).points)),
    ...graph.nodes().map((name: string) => box(name, graph.node(name))),
    ...legend(size.height),
    "</svg>",
    "",
  ].join("\n");
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function laidOut() {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const room of Object.keys(ROOMS)) graph.setNode(room, { ...BOX });
  for (const [from, to] of withoutShortcuts(arrows())) graph.setEdge(from, to);
  layout(graph);
  return graph;
}

/** The arrows that no longer way replaces. */
function withoutShortcuts(all: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly [string, string])[] {
  const reaches = (from: string, to: string, seen: Set<string>): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(all.get(from) ?? [])].some((next) => reaches(next, to, seen));
  };
  return [...all].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reaches(other, to, new Set([from]))))
      .map((to) => [from, to] as const),
  );
}

const round = (value: number) => Math.round(value);

const arrow = (points: readonly Point[]) => {
  const [first, ...rest] = points.map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `<path d="M${first} L${rest.join(" L")}" fill="none" stroke="#a0aec0" stroke-width="1.4" marker-end="url(#tip)"/>`;
};

function box(name: string, { x, y }: Point): string {
  const { part, about } = ROOMS[name] ?? { part: "shared" as const, about: "" };
  const { fill, line } = COLOURS[part];
  const left = round(x - BOX.width / 2);
  const top = round(y - BOX.height / 2);
  const texts = wrapped(about).map(
    (text, at) =>
      `<text x="${left + 10}" y="${top + 37 + at * 14}" font-size="11" fill="#2d3748">${escaped(text)}</text>`,
  );
  return [
    `<rect x="${left}" y="${top}" width="${BOX.width}" height="${BOX.height}" rx="7" fill="${fill}" stroke="${line}"/>`,
    `<text x="${left + 10}" y="${top + 20}" font-size="13.5" font-weight="600" fill="#1a202c">${escaped(name)}</text>`,
    ...texts,
  ].join("");
}

const LONGEST_LINE = 36;

function wrapped(text: string): readonly string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + word.length >= LONGEST_LINE) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

const legend = (height: number) =>
  (Object.keys(COLOURS) as Part[]).map((part, at) => {
    const x = MARGIN + at * 290;
    const { fill, line } = COLOURS[part];
    return (
      `<rect x="${x}" y="${height - LEGEND + 8}" width="18" height="18" rx="4" fill="${fill}" stroke="${line}"/>` +
      `<text x="${x + 26}" y="${height - LEGEND + 22}" font-size="13" fill="#1a202c">${part}: ${ABOUT[part]}</text>`
    );
  });

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
