/** A page's file, from docs on, and its whole text. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** A text with the lines between `<!-- name -->` and `<!-- /name -->` put in again. */
export function filled(text: string, name: string, lines: readonly string[]): string {
  const [before, after] = text.split(`<!-- ${name} -->`);
  const [, rest] = after?.split(`<!-- /${name} -->`) ?? [];
  if (before === undefined || rest === undefined) throw new Error(`the marks of ${name} are not there`);
  return `${before}<!-- ${name} -->\n${lines.join("\n")}\n<!-- /${name} -->${rest}`;
}
