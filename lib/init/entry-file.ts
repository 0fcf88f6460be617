// The file of an app that makes its stacks. A program reads it by its lines: what it does not recognise, a person does.

/** What stands in the entry file for a new stack. */
export interface NewStack {
  readonly className: string;
  /** Of the file that exports the class, from the entry file on, without its ending. */
  readonly module: string;
  readonly id: string;
  /** Whether imports name the ending, as ECMAScript modules do. */
  readonly isEsm: boolean;
}

const IMPORT_END = /^(?:import\s.*\sfrom\s*|\}\s*from\s*|import\s*)(["'])[^"']+["'];?[ \t]*$/;
const APP = /^(?:export\s+)?(?:const|let|var)\s+(\w+)(?:\s*:\s*[\w.]+)?\s*=\s*new\s+(?:\w+\.)?App\(/m;

/** The file of an `app` command of cdk.json: `npx tsx bin/shop.ts`; undefined where it starts no TypeScript. */
export const entryOf = (app: unknown): string | undefined =>
  typeof app === "string"
    ? /(?:^|[\s"'(])((?:\.\/)?[\w@./-]+\.[cm]?ts)\b/.exec(app)?.[1]?.replace(/^\.\//, "")
    : undefined;

/** The two lines that a stack needs, as they are written into the file. */
export function stackLines(
  { className, module, id, isEsm }: NewStack,
  app: string,
  quote = '"',
): readonly [string, string] {
  return [
    `import { ${className} } from ${quote}${module}${isEsm ? ".js" : ""}${quote};`,
    `new ${className}(${app}, ${quote}${id}${quote});`,
  ];
}

/**
 * Adds a stack to the file: an import after the last one, and the stack at the end, before `app.synth()`.
 * @returns undefined where the file does not make an app in a way that is known here
 */
export function withStack(text: string, stack: NewStack): string | undefined {
  const [, app] = APP.exec(text) ?? [];
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split(lineEnd);
  const lastImport = lines.findLastIndex((line) => IMPORT_END.test(line));
  if (app === undefined || lastImport === -1) return undefined;
  const [, quote = '"'] = IMPORT_END.exec(lines[lastImport] ?? "") ?? [];
  const [importLine, newLine] = stackLines(stack, app, quote);
  const synth = lines.findLastIndex((line) => new RegExp(`^${app}\\.synth\\(`).test(line));
  const end = synth === -1 ? lastLineOf(lines) + 1 : synth;
  return [
    ...lines.slice(0, lastImport + 1),
    importLine,
    ...lines.slice(lastImport + 1, end),
    newLine,
    ...(end === lines.length ? [""] : lines.slice(end)),
  ].join(lineEnd);
}

const lastLineOf = (lines: readonly string[]) => lines.findLastIndex((line) => line.trim() !== "");
