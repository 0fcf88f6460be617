import { randomBytes } from "node:crypto";
import { withAnotherSubject } from "../lib/tokens/tampering.ts";
import { type BenchKey, type BenchToken, makeKey, makeTokens, unsigned, type Variation } from "./tokens.ts";

/** What is wrong with a token, and its texts. All of them must be refused. */
export async function badTokens(key: BenchKey, tokens: readonly BenchToken[], count: number) {
  const now = Math.floor(Date.now() / 1_000);
  const made = async (variation: Variation) => (await makeTokens(count, key, variation)).map(({ text }) => text);
  const changed = (change: (text: string) => string) => tokens.slice(0, count).map(({ text }) => change(text));
  const listed = async (length: number) => Array.from({ length: count }, () => noise(length));
  return {
    expired: await made({ claims: { exp: now - 60 } }),
    "by another key": await made({ signedBy: await makeKey() }),
    "claims changed": changed(withAnotherSubject),
    "unknown kid": await made({ header: { kid: "somebodyElse" } }),
    "another issuer": await made({ claims: { iss: "https://is.example.com/oauth2/token/" } }),
    "another audience": await made({ claims: { aud: "anotherApplication00" } }),
    "alg none": changed((text) => unsigned(text, key.kid)),
    "noise of 900 characters": await listed(900),
    "three segments of noise": Array.from({ length: count }, () => `${noise(300)}.${noise(300)}.${noise(300)}`),
    "noise of 10,000 characters": await listed(10_000),
    "10,000 dots": Array.from({ length: count }, () => ".".repeat(10_000)),
  };
}

const noise = (length: number) => randomBytes(length / 2).toString("hex");

/** The costliest JSON for its size: a token that holds it, and the same with its end cut off. */
export async function nestedTokens(key: BenchKey, count: number) {
  const deep = JSON.parse(`${"[".repeat(NESTED)}${"]".repeat(NESTED)}`) as unknown;
  const whole = (await makeTokens(count, key, { claims: { deep } })).map(({ text }) => text);
  const cut = whole.map((text) => {
    const [header = "", claims = "", signature = ""] = text.split(".");
    return `${header}.${Buffer.from(claims, "base64url").subarray(0, -1).toString("base64url")}.${signature}`;
  });
  return { whole, cut };
}

const NESTED = 1_500;
