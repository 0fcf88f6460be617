// CloudWatch Logs' filter patterns for JSON log events, as its user guide describes them ("Filter pattern syntax for
// metric filters", DOC): a field compared with a text or a number, `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, put
// together by `&&`, `||` and parentheses, `&&` first. In a text `*` stands for anything at its beginning and at its end,
// and for itself in between. What the guide does not say is refused, so that no pattern is tested by a guess.

/** Whether a log event is what a pattern looks for. @throws Error for what is no JSON pattern */
export function matchesPattern(pattern: string, event: string): boolean {
  const condition = readPattern(pattern);
  let value: unknown;
  try {
    value = JSON.parse(event);
  } catch {
    return false;
  }
  return condition(value);
}

type Condition = (event: unknown) => boolean;

function readPattern(pattern: string): Condition {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1];
  if (inner === undefined) throw new Error(`no JSON pattern: ${pattern}`);
  const tokens = inner.match(/"[^"]*"|&&|\|\||!=|<=|>=|[()=<>]|[^\s()=<>!&|"]+/g) ?? [];
  const reader = { tokens, at: 0 };
  const condition = readAny(reader);
  if (reader.at < tokens.length) throw new Error(`not understood from ${tokens[reader.at]} on: ${pattern}`);
  return condition;
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

const next = (reader: Reader): string => {
  const token = reader.tokens[reader.at];
  if (token === undefined) throw new Error("the pattern ends too early");
  reader.at += 1;
  return token;
};

function readAny(reader: Reader): Condition {
  const conditions = [readAll(reader)];
  while (reader.tokens[reader.at] === "||") {
    reader.at += 1;
    conditions.push(readAll(reader));
  }
  return (event) => conditions.some((condition) => condition(event));
}

function readAll(reader: Reader): Condition {
  const conditions = [readOne(reader)];
  while (reader.tokens[reader.at] === "&&") {
    reader.at += 1;
    conditions.push(readOne(reader));
  }
  return (event) => conditions.every((condition) => condition(event));
}

function readOne(reader: Reader): Condition {
  const first = next(reader);
  if (first === "(") {
    const condition = readAny(reader);
    if (next(reader) !== ")") throw new Error("a parenthesis is not closed");
    return condition;
  }
  if (!/^\$(\.[\w-]+(\[\d+\])*)+$/.test(first)) throw new Error(`no field: ${first}`);
  const operator = next(reader);
  if (operator === "IS" || operator === "NOT") return readState(first, operator, next(reader));
  return readComparison(first, operator, next(reader));
}

function readState(field: string, operator: string, state: string): Condition {
  if (operator === "NOT" && state === "EXISTS") return (event) => valueAt(event, field) === undefined;
  const wanted = new Map<string, unknown>([
    ["NULL", null],
    ["TRUE", true],
    ["FALSE", false],
  ]);
  if (operator === "NOT" || !wanted.has(state)) throw new Error(`not known: ${operator} ${state}`);
  return (event) => valueAt(event, field) === wanted.get(state);
}

const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/;

function readComparison(field: string, operator: string, value: string): Condition {
  const isQuoted = value.startsWith('"');
  if (!isQuoted && NUMBER.test(value)) return comparesNumber(field, operator, Number(value));
  if (!isQuoted && !/^[\w.*]+$/.test(value)) throw new Error(`has to be in quotes: ${value}`);
  if (operator !== "=" && operator !== "!=") throw new Error(`no comparison of texts: ${operator}`);
  const text = textPattern(isQuoted ? value.slice(1, -1) : value);
  return (event) => {
    const found = valueAt(event, field);
    // A list or an object fits neither = nor !=.
    if (typeof found !== "string" && typeof found !== "number") return false;
    return text.test(String(found)) === (operator === "=");
  };
}

function comparesNumber(field: string, operator: string, wanted: number): Condition {
  const compare = COMPARISONS[operator];
  if (compare === undefined) throw new Error(`not known: ${operator}`);
  return (event) => {
    const found = valueAt(event, field);
    // Whether a number is compared with a text of digits, the guide does not say: no pattern may rely on it.
    if (typeof found === "string" && NUMBER.test(found)) throw new Error(`${field} is a text, compared with a number`);
    return typeof found === "number" && compare(found, wanted);
  };
}

const COMPARISONS: Readonly<Record<string, (found: number, wanted: number) => boolean>> = {
  "=": (found, wanted) => found === wanted,
  "!=": (found, wanted) => found !== wanted,
  "<": (found, wanted) => found < wanted,
  ">": (found, wanted) => found > wanted,
  "<=": (found, wanted) => found <= wanted,
  ">=": (found, wanted) => found >= wanted,
};

function textPattern(text: string): RegExp {
  const [, before, middle, after] = /^(\*?)(.*?)(\*?)$/s.exec(text) ?? [];
  const literal = (middle ?? "").replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  return new RegExp(`^${before ? "[\\s\\S]*" : ""}${literal}${after ? "[\\s\\S]*" : ""}$`);
}

function valueAt(event: unknown, field: string): unknown {
  let value = event;
  for (const part of field.match(/[\w-]+/g) ?? []) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
