import { encoded, HEADER, type Jwk, jwkOf, type Signing, tokenOf } from "../rules/token-maker.ts";

/** A mutated token and the JWKS before which it is judged. */
export interface Mutated {
  readonly token: string;
  readonly keys: readonly Jwk[];
}

/** What a mutation draws from: one number after another out of the seed. */
export class Draw {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  of<One>(list: readonly One[]): One {
    return list[this.below(list.length)] as One;
  }
}

export type Mutation = (draw: Draw, good: GoodClaims) => Mutated;

/** The claims of a token that is good at the time of the run. */
export interface GoodClaims {
  readonly now: number;
  readonly claims: Jwk;
}

const KEYS: readonly Jwk[] = [jwkOf("issuer"), jwkOf("second", { alg: "RS256" })];
const with_ = (token: string, keys = KEYS): Mutated => ({ token, keys });

/** JSON texts for the place of any value. Times are far from now, so that a slow run decides as a fast one. */
const oddValues = (now: number) => [
  "null",
  "true",
  "false",
  "0",
  "-1",
  "1e400",
  "-1e400",
  "1e308",
  "1.5",
  '""',
  '"x"',
  "[]",
  "{}",
  '["x"]',
  '{"x":1}',
  '"client-1"',
  '["client-1"]',
  '["x","client-1"]',
  '[["client-1"]]',
  '"__proto__"',
  '"\\ud800"',
  '"RS256"',
  '"issuer"',
  `${now - 5_000}`,
  `${now + 5_000}`,
  `"${now + 5_000}"`,
  `${now + 5_000}.5`,
  `${now - 5_000}.5`,
  `[${now + 5_000}]`,
  "9007199254740992",
  "18446744073709551616",
  `${now}000`,
  `${"[".repeat(500)}${"]".repeat(500)}`,
];
const CLAIM_NAMES = ["iss", "aud", "exp", "nbf", "iat", "sub", "scope", "client_id", "jti", "__proto__", "constructor"];
const HEADER_NAMES = ["alg", "kid", "typ", "crit", "b64", "cty", "zip", "jwk", "jku", "x5c", "x5t", "__proto__"];

/** An object's text with members put in, replaced, taken out or repeated. */
function mutatedText(draw: Draw, members: Jwk, names: readonly string[], now: number): string {
  const entries = Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const name = draw.of(names);
  const value = draw.of(oddValues(now));
  const changed = {
    replace: () => [...entries.filter(([one]) => one !== name), [name, value] as const],
    remove: () => entries.filter(([one]) => one !== name),
    before: () => [[name, value] as const, ...entries],
    after: () => [...entries, [name, value] as const],
    case: () => entries.map(([one, text]) => [one === name ? one.toUpperCase() : one, text] as const),
    shuffle: () => entries.toSorted(() => draw.below(2) - 0.5),
  };
  const result = changed[draw.of(Object.keys(changed) as (keyof typeof changed)[])]();
  return `{${result.map(([one, text]) => `${JSON.stringify(one)}:${text}`).join(",")}}`;
}

/** Bytes of one text with a few flipped, put in or taken out. */
function mutatedBytes(draw: Draw, text: string): Buffer {
  const bytes = [...Buffer.from(text)];
  for (let left = 1 + draw.below(3); left > 0; left -= 1) {
    const at = draw.below(bytes.length);
    if (draw.below(2) === 0)
      bytes[at] = draw.of([0, 9, 10, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x80, 0xc0, 0xed, 0xff, draw.below(256)]);
    else bytes.splice(at, draw.below(2), draw.of([0x20, 0x30, 0x22, 0x2c, 0xef, 0xff, draw.below(256)]));
  }
  return Buffer.from(bytes);
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n\t\0é%*".split("");

/** One of a token's parts, spelled otherwise. */
function respelled(draw: Draw, part: string): string {
  const at = draw.below(part.length + 1);
  return draw.of<() => string>([
    () => `${part}=`,
    () => `${part}==`,
    () => `${part}A`,
    () => `${part.slice(0, at)}${draw.of(LETTERS)}${part.slice(at)}`,
    () => `${part.slice(0, at)}${part.slice(at + 1)}`,
    () => `${part.slice(0, -1)}${draw.of(LETTERS)}`,
    () => part.replaceAll("-", "+").replaceAll("_", "/"),
    () => ` ${part}`,
    () => `${part}\n`,
  ])();
}

const SIGNINGS: readonly Signing[] = ["RS256", "RS384", "RS512", "PS256", "ES256", "none", "hmac"];
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "ES256",
  "HS256",
  "none",
  "None",
  "rs256",
  "RS256 ",
  "",
  "EdDSA",
];
const JWK_CHANGES: readonly Jwk[] = [
  { alg: "RS256" },
  { alg: "RS512" },
  { alg: "PS256" },
  { alg: null },
  { use: "enc" },
  { use: undefined },
  { use: 1 },
  { key_ops: ["verify"] },
  { key_ops: ["encrypt"] },
  { key_ops: [] },
  { e: "AQ" },
  { e: "AQAC" },
  { e: "Aw" },
  { kty: "EC" },
  { kid: "other" },
  { kid: "" },
  { kid: undefined },
  { n: "AQAB" },
  { x5c: ["MIIB"] },
];

/** What is done to a token, by name. All but those of the last two groups are signed afterwards by the issuer's key. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  nothing: (_, { claims }) => with_(tokenOf({ claims })),
  "claims: a member": (draw, { claims, now }) =>
    with_(tokenOf({ claimsText: mutatedText(draw, claims, CLAIM_NAMES, now) })),
  "claims: bytes": (draw, { claims }) => with_(tokenOf({ claimsText: mutatedBytes(draw, JSON.stringify(claims)) })),
  "claims: times": (draw, { claims, now }) =>
    with_(
      tokenOf({
        claims: { ...claims, [draw.of(["exp", "nbf", "iat"])]: now + (draw.below(20_001) - 10_000) * 10 + 5_000 },
      }),
    ),
  "header: a member": (draw, { claims, now }) =>
    with_(tokenOf({ claims, signing: "RS256", headerText: mutatedText(draw, HEADER, HEADER_NAMES, now) })),
  "header: bytes": (draw, { claims }) =>
    with_(tokenOf({ claims, signing: "RS256", headerText: mutatedBytes(draw, JSON.stringify(HEADER)) })),
  "header: alg and how it was signed": (draw, { claims }) =>
    with_(tokenOf({ claims, header: { alg: draw.of(ALGORITHMS) }, signing: draw.of(SIGNINGS) })),
  "spelling, signed": (draw, { claims }) => {
    const which = draw.of(["header", "claims"]);
    return with_(tokenOf({ claims, respell: (part, at) => (at === which ? respelled(draw, part) : part) }));
  },
  "key: who signed, and who is named": (draw, { claims }) =>
    with_(
      tokenOf({
        claims,
        key: draw.of(["issuer", "second", "foreign"]),
        header: { kid: draw.of(["issuer", "second", "foreign", "Issuer", "issuer ", "__proto__"]) },
      }),
    ),
  "key: how the JWKS lists it": (draw, { claims }) =>
    with_(tokenOf({ claims }), [jwkOf("issuer", draw.of(JWK_CHANGES)), jwkOf("second")]),
  "signature: bytes": (draw, { claims }) => damagedPart(tokenOf({ claims }), 2, (part) => flipped(draw, part)),
  "signature: spelling": (draw, { claims }) => damagedPart(tokenOf({ claims }), 2, (part) => respelled(draw, part)),
  "unsigned: bytes": (draw, { claims }) =>
    damagedPart(tokenOf({ claims }), draw.below(2), (part) => flipped(draw, part)),
  "unsigned: any character": (draw, { claims }) => with_(respelled(draw, tokenOf({ claims }))),
  "unsigned: segments": (draw, { claims }) => {
    const token = tokenOf({ claims });
    const [header = "", payload = "", signature = ""] = token.split(".");
    return with_(
      draw.of([
        `${token}.`,
        `.${token}`,
        `${header}.${payload}`,
        `${header}..${signature}`,
        `.${payload}.${signature}`,
        `${header}.${payload}.`,
        `${payload}.${header}.${signature}`,
        "..",
        "",
        `${token}.${signature}`,
        token.repeat(2),
        encoded(token),
        `${header}.${signature}.${payload}`,
        token.toUpperCase(),
        token.replaceAll(".", ".."),
      ]),
    );
  },
};

function damagedPart(token: string, at: number, damage: (part: string) => string): Mutated {
  const parts = token.split(".");
  parts[at] = damage(parts[at] ?? "");
  return with_(parts.join("."));
}

function flipped(draw: Draw, part: string): string {
  const bytes = Buffer.from(part, "base64url");
  const at = draw.below(bytes.length);
  const changed = draw.of([
    Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from([(bytes[at] ?? 0) ^ (1 << draw.below(8))]),
      bytes.subarray(at + 1),
    ]),
    bytes.subarray(0, at),
    Buffer.concat([Buffer.from([0]), bytes]),
    Buffer.concat([bytes, Buffer.from([draw.below(256)])]),
    Buffer.alloc(bytes.length),
  ]);
  return changed.toString("base64url");
}
