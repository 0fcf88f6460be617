import type { Evidence } from "./evidence.ts";

/** A `www-authenticate` header, with or without its name: only API Gateway's own form (2.1.1), or a bare `Bearer` (1.8). */
export function challengeEvidence(text: string): readonly Evidence[] | undefined {
  const [, name, value = ""] = /^(www-authenticate\s*:\s*)?([^\r\n]*)$/i.exec(text) ?? [];
  if (name === undefined && !/^Bearer scope="|error_description="/.test(value)) return undefined;
  return [{ found: "a header www-authenticate", answer: { status: 401, challenge: value } }];
}

/** What a challenge says in words: `invalid_token: the token does not have a valid audience`; undefined for a bare `Bearer`. */
export function errorInChallenge(challenge: string): string | undefined {
  const [, error] = /error="([^"]*)"/.exec(challenge) ?? [];
  const [, description] = /error_description="([^"]*)"/.exec(challenge) ?? [];
  if (error === undefined && description === undefined) return undefined;
  return [error, description].filter((one) => one !== undefined).join(": ");
}
