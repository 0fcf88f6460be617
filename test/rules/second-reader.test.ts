import { createRequire } from "node:module";
import { createDecoder } from "fast-jwt";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMirror } from "../../lambda/authorizer.ts";
import { sendRaw } from "../../lib/conformance/raw-request.ts";
import { AUDIENCES, ISSUER } from "../../lib/conformance/token-recipe.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { type Gateway, startGateway } from "../../lib/gateway/gateway.ts";
import { discoveryUrlOf } from "../../lib/keys/discovery.ts";
import { claimsAsText } from "../../lib/rules/claims-text.ts";
import { SMALL_API } from "../conformance/small-api.ts";
import { decide, encoded, findIn, HEADER, jwkOf, NOW, tokenOf } from "./token-maker.ts";

// One token has many readers: the rules, the text of its claims, the event of the Lambda, the mirror, and a function
// that reads the Authorization header again (5.17) with a library. A payload that two of them read differently lets a
// caller be one person to the authorizer and another to the function.

const jsonwebtoken = createRequire(import.meta.url)("jsonwebtoken") as { decode(token: string): unknown };

const CONFIGURATION = { issuer: ISSUER, audience: AUDIENCES };
const [AUDIENCE] = AUDIENCES;
/** Claims as text, with a place for what a case adds in front and behind. */
const claimsText = (front: string, behind: string) =>
  `{${front}"iss":"${ISSUER}","aud":"${AUDIENCE}","sub":"alice","exp":${NOW + 600},"iat":${NOW}${behind}}`;

let gateway: Gateway;
let mirror: ReturnType<typeof createMirror>;

beforeAll(async () => {
  const jwks = JSON.stringify({ keys: [jwkOf()] });
  const discovery = JSON.stringify({ issuer: ISSUER, jwks_uri: "https://is.example.com/oauth2/jwks" });
  mirror = createMirror(
    { ...CONFIGURATION, routeScopes: new Map([["GET /me", []]]) },
    {
      fetchDocument: (url) => Promise.resolve(url === discoveryUrlOf(ISSUER) ? discovery : jwks),
      nowMs: () => NOW * 1_000,
      log: () => undefined,
    },
  );
  gateway = await startGateway({
    api: SMALL_API,
    port: 0,
    keysFor: () => findIn(),
    functionHost: functionHostOf({ nowMs: () => NOW * 1_000 }),
  });
});
afterAll(() => gateway.close());

type Texts = Readonly<Record<string, string>>;

/** What each reader here makes of a token: its claims as text, or undefined where it refuses. */
async function readersOf(token: string): Promise<Readonly<Record<"rules" | "event" | "mirror", Texts | undefined>>> {
  const decision = decide(token, { configuration: CONFIGURATION });
  const { status, body } = await sendRaw(gateway.url, {
    method: "GET",
    target: "/me",
    headers: [["Authorization", `Bearer ${token}`]],
    body: undefined,
  });
  const event = status === 200 ? (JSON.parse(body) as { authorizer: { jwt: { claims: Texts } } }) : undefined;
  const answer = await mirror({ routeKey: "GET /me", identitySource: [`Bearer ${token}`] });
  return {
    rules: decision.allowed ? { ...claimsAsText(decision.token) } : undefined,
    event: event?.authorizer.jwt.claims,
    mirror: answer.isAuthorized ? (JSON.parse(answer.context.claims ?? "") as Texts) : undefined,
  };
}

const ACCEPTED: readonly (readonly [string, string])[] = [
  ["sub twice", claimsText('"sub":"admin",', "")],
  ["sub twice, the other way round", claimsText("", ',"sub":"admin"')],
  ["sub twice, once with an escape", claimsText("", ',"s\\u0075b":"admin"')],
  ["sub twice, once null", claimsText('"sub":null,', "")],
  ["sub twice, an object first", claimsText('"sub":{"sub":"admin"},', "")],
  ["aud twice, the good one last", claimsText('"aud":"other",', "")],
  ["iss twice, the good one last", claimsText('"iss":"https://evil.example",', "")],
  ["exp twice, the good one last", claimsText('"exp":1,', "")],
  ["a member with its name inside a string", claimsText('"x":"\\",\\"sub\\":\\"admin",', "")],
  ["a string that ends in backslashes", claimsText('"x":"\\\\",', ',"y":"\\\\\\\\"')],
  ["numbers beside strings that look like them", claimsText('"n1":1,"n2":"1","n3":"n1","n4":"s1",', "")],
  ["a number beyond 2^53", claimsText('"big":12345678901234567891,', "")],
  ["names in another case", claimsText('"Sub":"admin","SUB":"root",', "")],
  ["names with white space and NUL", claimsText('" sub":"admin","sub\\u0000":"root",', "")],
  ["a name composed and decomposed", claimsText('"\\u00e9":"1","e\\u0301":"2",', "")],
  ["an empty name", claimsText('"":"empty",', "")],
  ["__proto__ with an object", claimsText('"__proto__":{"sub":"admin","aud":"other"},', "")],
  ["__proto__ with a string", claimsText("", ',"__proto__":"admin"')],
  ["__proto__ twice", claimsText('"__proto__":{"a":1},', ',"__proto__":"last"')],
  ["constructor and its prototype", claimsText('"constructor":{"prototype":{"sub":"admin"}},', "")],
  ["toString, valueOf, hasOwnProperty", claimsText('"toString":"x","valueOf":1,"hasOwnProperty":"y",', "")],
  ["toJSON", claimsText('"toJSON":"x",', "")],
  ["U+FFFD by right", claimsText('"x":"\ufffd",', "")],
  ["line separators and a byte order mark inside", claimsText('"x":"a\u2028b\u2029c\ufeffd",', "")],
  ["all escapes", claimsText('"x":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\ud83d\\ude00",', "")],
  ["names that are numbers", claimsText('"2":"b","1":"a","01":"c",', "")],
];

describe("all readers see the same", () => {
  test.each(ACCEPTED)("%s", async (_, text) => {
    const token = tokenOf({ claimsText: text });
    const { rules, event, mirror: mirrored } = await readersOf(token);
    expect(rules).toBeDefined();
    expect(event).toEqual(rules);
    expect(mirrored).toEqual(rules);
    expect(Object.keys(event ?? {}).toSorted()).toEqual(Object.keys(rules ?? {}).toSorted());
    // And so does the function, should it read the token again.
    for (const claims of [decodeJwt(token), jsonwebtoken.decode(token), createDecoder()(token) as unknown]) {
      const again = claims as Readonly<Record<string, unknown>>;
      const texts = Object.entries(again).filter(([name, value]) => typeof value === "string" && name !== "__proto__");
      for (const [name, value] of texts) expect(rules?.[name], name).toBe(value);
      expect([again.iss, again.aud, String(again.exp)]).toEqual([rules?.iss, rules?.aud, rules?.exp]);
    }
  });

  test("and nothing that a token says has become a member of all objects", () => {
    expect(({} as Readonly<Record<string, unknown>>).sub).toBeUndefined();
    expect(({} as Readonly<Record<string, unknown>>).a).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("aud");
  });
});

const padded = (part: string) => `${part}${"=".repeat((4 - (part.length % 4)) % 4 || 1)}`;
const inside = (inserted: string) => (part: string) => `${part.slice(0, 10)}${inserted}${part.slice(10)}`;
const bytes = (text: string, ...inserted: number[]) => {
  const [front = "", behind = ""] = text.split("@");
  return Buffer.concat([Buffer.from(front), Buffer.from(inserted), Buffer.from(behind)]);
};

const REFUSED: readonly (readonly [string, string])[] = [
  ["aud twice, the good one first", tokenOf({ claimsText: claimsText("", ',"aud":"other"') })],
  ["iss twice, the good one first", tokenOf({ claimsText: claimsText("", ',"iss":"https://evil.example"') })],
  ["exp twice, the good one first", tokenOf({ claimsText: claimsText("", ',"exp":1') })],
  ["alg twice, the good one first", tokenOf({ headerText: '{"alg":"RS256","kid":"issuer","alg":"none"}' })],
  ["kid twice, the good one first", tokenOf({ headerText: '{"alg":"RS256","kid":"issuer","kid":"other"}' })],
  ["crit hidden behind an escape", tokenOf({ headerText: '{"alg":"RS256","kid":"issuer","cr\\u0069t":[]}' })],
  ["all claims under __proto__", tokenOf({ claimsText: `{"__proto__":${claimsText("", "")}}` })],
  ["alg and kid under __proto__", tokenOf({ headerText: `{"__proto__":${JSON.stringify(HEADER)}}` })],
  ["a byte that is no UTF-8", tokenOf({ claimsText: bytes(claimsText('"x":"@",', ""), 0xff) })],
  ["an overlong quote", tokenOf({ claimsText: bytes(claimsText('"x":"@","sub":"admin","y":"",', ""), 0xc0, 0xa2) })],
  ["a surrogate in UTF-8", tokenOf({ claimsText: bytes(claimsText('"x":"@",', ""), 0xed, 0xa0, 0x80) })],
  ["a byte order mark", tokenOf({ claimsText: `\ufeff${claimsText("", "")}` })],
  ["two objects", tokenOf({ claimsText: `${claimsText("", "")}{"sub":"admin"}` })],
  ["a NUL and more", tokenOf({ claimsText: `${claimsText("", "")}\0{"sub":"admin"}` })],
  ["padding", tokenOf({ claimsText: claimsText("", ""), respell: padded })],
  ["a newline", tokenOf({ claimsText: claimsText("", ""), respell: inside("%0A") })],
  ["a star", tokenOf({ claimsText: claimsText("", ""), respell: inside("*") })],
  ["the standard alphabet", tokenOf({ claimsText: claimsText('"x":"ÿÿÿ???",', ""), respell: standard })],
  ["a signature with stray bits", strayBits(tokenOf({ claimsText: claimsText("", "") }))],
  ["a signature with padding", `${tokenOf({ claimsText: claimsText("", "") })}==`],
  ["a fourth part", `${tokenOf({ claimsText: claimsText("", "") })}.${encoded('{"sub":"admin"}')}`],
];

function standard(part: string): string {
  return part.replaceAll("-", "+").replaceAll("_", "/");
}

function strayBits(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.at(-1) ?? "") + 1]}`;
}

describe("what two readers could read differently is refused by all", () => {
  test.each(REFUSED)("%s", async (_, token) => {
    expect(await readersOf(token)).toEqual({ rules: undefined, event: undefined, mirror: undefined });
  });

  test("the same token without the damage is taken by all: it is the damage that is refused", async () => {
    const read = await readersOf(tokenOf({ claimsText: claimsText('"x":"ÿÿÿ???",', "") }));
    expect(read.rules?.sub).toBe("alice");
    expect(read.event).toEqual(read.rules);
    expect(read.mirror).toEqual(read.rules);
  });
});
