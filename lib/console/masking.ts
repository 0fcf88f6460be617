import { MASK, type Text } from "./wire.ts";

/** Headers whose values are somebody's secret, whatever they hold. */
const SECRET_HEADERS = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"]);
/** Any text that looks like a signed token. */
const TOKEN = /eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
/** Shorter values are no secrets, and would be found everywhere. */
const SHORTEST_SECRET = 8;

/** What stands in the place of any other secret: it is not handed out. */
const HIDDEN = "‹hidden›";

/** Hides what is secret in one request from all that is shown of it. */
export class Masking {
  readonly #token: string | undefined;
  readonly #secrets: readonly string[];

  /**
   * @param headers names and values by turns, of the request and of the answer
   * @param token the request's own, wherever it stands
   */
  constructor(headers: readonly string[], token: string | undefined) {
    this.#token = isSecret(token) ? token : undefined;
    const found = new Set<string>();
    for (let index = 0; index < headers.length; index += 2)
      if (SECRET_HEADERS.has((headers[index] ?? "").toLowerCase()))
        for (const value of secretsIn(headers[index + 1] ?? "")) found.add(value);
    // The longest first: one may be part of another.
    this.#secrets = [...found].filter(isSecret).toSorted((one, other) => other.length - one.length);
  }

  hide(text: string): string {
    const rest = this.#token === undefined ? text : text.replaceAll(this.#token, MASK);
    return this.#secrets.reduce((less, secret) => less.replaceAll(secret, HIDDEN), rest).replace(TOKEN, HIDDEN);
  }

  /** As `hide`, for bytes: cut at what a page can show. */
  text(bytes: Buffer | string): Text {
    const { text, ...rest } = textOf(bytes);
    return { ...rest, text: this.hide(text) };
  }
}

const isSecret = (text: string | undefined): text is string => text !== undefined && text.length >= SHORTEST_SECRET;

/** The value after its scheme, else the whole one; and each cookie's value, since an event shows them apart. */
function secretsIn(value: string): readonly string[] {
  const [, credential] = /^[A-Za-z]+ +(.+)$/.exec(value) ?? [];
  const cookies = value.includes("=") ? value.split(";").map((one) => one.slice(one.indexOf("=") + 1).trim()) : [];
  return [credential ?? value, ...cookies];
}

const MOST_CHARACTERS = 200_000;
const MOST_HEX_BYTES = 256;

/** Bytes for a person: as text where they are text, else the beginning in hex. */
export function textOf(bytes: Buffer | string): Text {
  const whole = typeof bytes === "string" ? bytes : bytes.toString("utf8");
  const length = Buffer.byteLength(bytes);
  if (typeof bytes !== "string" && whole.includes("\ufffd"))
    return {
      text: bytes.toString("hex", 0, MOST_HEX_BYTES).replace(/(.{2})/g, "$1 "),
      bytes: length,
      isCut: length > MOST_HEX_BYTES,
      isBinary: true,
    };
  return {
    text: whole.slice(0, MOST_CHARACTERS),
    bytes: length,
    isCut: whole.length > MOST_CHARACTERS,
    isBinary: false,
  };
}
