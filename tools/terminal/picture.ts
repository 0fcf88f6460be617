// What a terminal shows, as an SVG. GitHub shows an SVG of a README as a picture, so fonts are those of the reader.

const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 18;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** Each has a contrast of 4.5 or more on the background (WCAG 2.2, 1.4.3). */
const COLOURS = {
  background: "#1e2430",
  text: "#dfe4ec",
  dim: "#98a2b3",
  red: "#ff8f86",
  green: "#7fd88f",
  cyan: "#78cdea",
};

/** How a run of characters looks. */
interface Look {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly colour: "text" | "red" | "green" | "cyan";
}

interface Run extends Look {
  readonly text: string;
}

const PLAIN: Look = { bold: false, dim: false, colour: "text" };
/** What picocolors writes: ECMA-48 section 8.3.117 (SGR). */
const CHANGES: Readonly<Record<string, Partial<Look>>> = {
  "0": PLAIN,
  "1": { bold: true },
  "2": { dim: true },
  "22": { bold: false, dim: false },
  "31": { colour: "red" },
  "32": { colour: "green" },
  "36": { colour: "cyan" },
  "39": { colour: "text" },
};

/**
 * Draws the lines of a terminal; one that is too wide goes on in the next row, as there.
 * @param text with SGR sequences
 * @param title for those who cannot see the picture
 * @param columns the terminal's width in characters
 * @throws Error where the text has a control sequence that is not drawn
 */
export function terminalPicture(text: string, title: string, columns: number): string {
  const lines = text.split("\n").flatMap((line) => wrapped(runsOf(line), columns));
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${COLOURS.background}"/>`,
    `<g font-family="${FONT}" font-size="14" fill="${COLOURS.text}">`,
    ...lines.flatMap((line, index) => (line.length === 0 ? [] : lineOf(line, MARGIN + LINE_HEIGHT * (index + 0.75)))),
    "</g>",
    "</svg>",
  ].join("\n")}\n`;
}

function wrapped(runs: readonly Run[], columns: number): readonly (readonly Run[])[] {
  const rows: Run[][] = [[]];
  let left = columns;
  for (const run of runs) {
    for (let rest = run.text; rest !== ""; ) {
      if (left === 0) {
        rows.push([]);
        left = columns;
      }
      const text = rest.slice(0, left);
      rows.at(-1)?.push({ ...run, text });
      rest = rest.slice(text.length);
      left -= text.length;
    }
  }
  return rows;
}

/** Every run has a place of its own: a reader's font may be wider or narrower. */
function lineOf(runs: readonly Run[], y: number): string {
  let at = 0;
  const spans = runs.map((run) => {
    const x = MARGIN + at * CHARACTER_WIDTH;
    at += run.text.length;
    const fill = run.dim ? COLOURS.dim : run.colour === "text" ? undefined : COLOURS[run.colour];
    const look = `${fill === undefined ? "" : ` fill="${fill}"`}${run.bold ? ' font-weight="bold"' : ""}`;
    const length = (run.text.length * CHARACTER_WIDTH).toFixed(1);
    return `<tspan x="${x.toFixed(1)}" textLength="${length}"${look}>${escaped(run.text)}</tspan>`;
  });
  return `<text y="${y.toFixed(1)}" xml:space="preserve">${spans.join("")}</text>`;
}

function runsOf(line: string): readonly Run[] {
  const [before = "", ...sequences] = line.split(CSI);
  const runs: Run[] = [{ ...PLAIN, text: before }];
  let look: Look = PLAIN;
  for (const sequence of sequences) {
    const [, parameter = "", text = ""] = /^(\d+)m(.*)$/.exec(sequence) ?? [];
    const run: Run = { ...look, ...changeOf(parameter), text };
    runs.push(run);
    look = run;
  }
  const strange = runs.find(({ text }) => CONTROL.test(text));
  if (strange) throw new Error(`a control character in ${JSON.stringify(strange.text)}`);
  return runs.filter(({ text }) => text !== "");
}

function changeOf(parameter: string): Partial<Look> {
  const change = CHANGES[parameter];
  if (change === undefined) throw new Error(`no look for the SGR parameter ${parameter}`);
  return change;
}

const CONTROL = /\p{Cc}/u;
/** Begins an SGR sequence. */
const CSI = "\u001b[";

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
