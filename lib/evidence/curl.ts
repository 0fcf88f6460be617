import type { Evidence, ReadEvidence } from "./evidence.ts";
import { headersInLines, headersOf } from "./headers.ts";

/** Short options that take a value, in the same word or in the next. */
const SHORT_WITH_VALUE = "AbcCdDeEFHKmoPQrtTuUwxXyYz";
/** Long options whose value may look like a URL or a path. */
const LONG_WITH_VALUE =
  /^--(header|request|url|user|oauth2-bearer|json|data|data-raw|data-binary|data-ascii|data-urlencode|form|cookie|user-agent|referer|output|proxy|cacert|cert|key|connect-to|resolve|connect-timeout|max-time|retry|interface|config|write-out|dump-header|cookie-jar|upload-file)$/;
const LONG_NAMES: Readonly<Record<string, string>> = {
  H: "header",
  X: "request",
  u: "user",
  d: "data",
  T: "upload-file",
  F: "form",
};

/** A curl command as a shell or a browser's 'copy as cURL' has it. */
export function curlEvidence(text: string): ReadEvidence {
  const words = shellWords(text);
  if (words === undefined)
    return {
      unusable: "evidence-broken",
      what: "the curl command has a quote that does not end",
      got: "a text with an odd number of quotes",
      fix: "give the whole command, all of its lines",
    };
  const options = optionsIn(words.slice(words[0] === "$" ? 2 : 1));
  const { method, headers, user, bearer, hasBody, isHead, isGet } = options;
  const url = options.url ?? options.words.find((word) => /^https?:/i.test(word)) ?? options.words[0];
  if (url === undefined)
    return {
      unusable: "evidence-broken",
      what: "the curl command names no URL",
      got: "curl without a URL",
      fix: "give the whole command",
    };
  const sent = new Map(headersInLines(headers).headers);
  if (user !== undefined) sent.set("authorization", `Basic ${Buffer.from(user).toString("base64")}`);
  if (bearer !== undefined) sent.set("authorization", `Bearer ${bearer}`);
  const unset = [...sent.values(), url].find((value) => value.includes(LIVE_DOLLAR));
  if (unset !== undefined)
    return {
      unusable: "evidence-variable",
      what: "the curl command holds a shell variable, whose value only your shell knows",
      got:
        unset
          .slice(unset.indexOf(LIVE_DOLLAR))
          .split(/[\s"'/]/, 1)[0]
          ?.replaceAll(LIVE_DOLLAR, "$") ?? "",
      fix: "let your shell fill it in: npx gatehouse explain - <<END, the command, END",
    };
  const evidence: Evidence = {
    found: "a curl command",
    request: {
      method: method ?? (isHead ? "HEAD" : hasBody && !isGet ? "POST" : "GET"),
      url,
      headers: headersOf(sent),
    },
  };
  return [evidence];
}

/** Stands for a dollar sign that a shell would have replaced, with what follows it. */
const LIVE_DOLLAR = "\uE000";

interface CurlOptions {
  url: string | undefined;
  /** Words that are neither options nor, as far as is known, values of options. */
  readonly words: string[];
  method: string | undefined;
  readonly headers: string[];
  user: string | undefined;
  bearer: string | undefined;
  hasBody: boolean;
  isHead: boolean;
  isGet: boolean;
}

function optionsIn(words: readonly string[]): CurlOptions {
  const options: CurlOptions = {
    url: undefined,
    words: [],
    method: undefined,
    headers: [],
    user: undefined,
    bearer: undefined,
    hasBody: false,
    isHead: false,
    isGet: false,
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-") || word === "-") {
      options.words.push(word);
      continue;
    }
    const { names, value } = word.startsWith("--")
      ? { names: [word.slice(2)], value: undefined }
      : shortOptions(word.slice(1));
    const last = names.at(-1) ?? "";
    const takesValue = word.startsWith("--") ? LONG_WITH_VALUE.test(word) : SHORT_WITH_VALUE.includes(last);
    const given = value ?? (takesValue ? words[(at += 1)] : undefined);
    for (const name of names) take(options, LONG_NAMES[name] ?? name, given ?? "");
  }
  return options;
}

/** `-sS`, `-XPOST`: letters up to the first that takes a value, whose value the rest is. */
function shortOptions(letters: string): { readonly names: readonly string[]; readonly value: string | undefined } {
  const end = letters.split("").findIndex((letter) => SHORT_WITH_VALUE.includes(letter));
  if (end < 0) return { names: letters.split(""), value: undefined };
  const rest = letters.slice(end + 1);
  return { names: letters.slice(0, end + 1).split(""), value: rest === "" ? undefined : rest };
}

function take(options: CurlOptions, name: string, value: string) {
  if (name === "header") options.headers.push(value);
  else if (name === "request") options.method = value.toUpperCase();
  else if (name === "url") options.url = value;
  else if (name === "user") options.user = value;
  else if (name === "oauth2-bearer") options.bearer = value;
  else if (name === "head" || name === "I") options.isHead = true;
  else if (name === "get" || name === "G") options.isGet = true;
  else if (/^(data|json|form)/.test(name)) options.hasBody = true;
}

/** One piece of a word, or the space between two words; the last group is a quote or a backslash that nothing follows. */
const PIECE =
  /(?<space>\s+)|\$'(?<ansi>(?:[^'\\]|\\.)*)'|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<freed>.)|(?<live>\$(?=[\w{(]))|(?<bare>\$|[^\s'"\\$]+)|(?<open>['"\\])/gs;

/**
 * Words as a POSIX shell splits them, lines joined by a backslash (or by `^`, as cmd does); undefined where a quote is open.
 * A dollar sign that the shell would act on is a `LIVE_DOLLAR`.
 */
function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (const { groups = {} } of text.replace(/[\\^]\r?\n/g, " ").matchAll(PIECE)) {
    const { space, ansi, single, double, freed, live, bare, open } = groups;
    if (open !== undefined) return undefined;
    if (space === undefined) {
      const piece = ansi?.replace(/\\(.)/g, "$1") ?? single ?? inDouble(double) ?? freed ?? bare ?? "";
      word = `${word ?? ""}${live === undefined ? piece : LIVE_DOLLAR}`;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** In double quotes a backslash frees four characters only, and a dollar sign stays alive. */
const inDouble = (text: string | undefined) =>
  text?.replace(/\\(["\\$`])|\$(?=[\w{(])/g, (_, freed: string | undefined) => freed ?? LIVE_DOLLAR);
