import { type ParseError, parse } from "jsonc-parser";

/** Where a text stops being JSON. Lines and columns count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the first fault of a text that `JSON.parse` refuses, without quoting the text, which may hold a secret: Node's own
 * message has a piece of it, and not always a place.
 */
export function jsonFaultOf(text: string): JsonFault {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const before = text.slice(0, errors[0]?.offset ?? text.length).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
