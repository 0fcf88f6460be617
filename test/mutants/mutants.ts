/** One guard of the rules or of the key client, and how it is broken. */
export interface Mutant {
  /** What the guard holds off, as a person would say it. */
  readonly guard: string;
  /** From the project's folder on. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

const rule = (file: string, guard: string, from: string, to: string): Mutant => ({
  guard,
  file: `lib/rules/${file}.ts`,
  from,
  to,
});

const keys = (file: string, guard: string, from: string, to: string): Mutant => ({
  guard,
  file: `lib/keys/${file}.ts`,
  from,
  to,
});

const json = (file: string, guard: string, from: string, to: string): Mutant => ({
  guard,
  file: `lib/json/${file}.ts`,
  from,
  to,
});

const http = (file: string, guard: string, from: string, to: string): Mutant => ({
  guard,
  file: `lib/http/${file}.ts`,
  from,
  to,
});

// In the order of a token's way. A guard that is added to a rule is added here.
export const MUTANTS: readonly Mutant[] = [
  rule("identity-source", "a credential is needed", 'credential === "" ||', ""),
  rule("identity-source", "the prefix only is not a token", "|| credential === PREFIX", ""),
  rule("identity-source", "the prefix is exact", "credential.startsWith(PREFIX)", "/^bearer /i.test(credential)"),
  rule(
    "identity-source",
    "query names are case-sensitive",
    'from: "query", name }',
    'from: "query", name: name.toLowerCase() }',
  ),
  rule("unverified-token", "three segments, not more", '|| text.includes(".", second + 1)', ""),
  rule("unverified-token", "three segments, not fewer", "first < 0 || second < 0 ||", ""),
  rule("unverified-token", "valid UTF-8", "!isUtf8(decoded.bytes)", "false"),
  json("json", "a JSON object, no array", "&& !Array.isArray(value)", ""),
  json("json", "a JSON object, not null", "&& value !== null && !Array", "&& !Array"),
  json("json", "no deeper than a token nests anything", "left === 0 ||", "left < -1_000_000 ||"),
  rule("unverified-token", "a token that is too deep is refused", "if (isTooDeep(value))", "if (false)"),
  rule(
    "unverified-token",
    "own members only, none of the prototype",
    "Object.hasOwn(record, name) ? record[name] : undefined",
    "record[name]",
  ),
  rule(
    "base64url",
    "base64url has one spelling",
    'bytes.toString("base64url") === text',
    'bytes.toString("base64url") === text.replace(/=+$/, "")',
  ),
  rule("base64url", "no unused bits", "? { bytes }", "|| !/[^A-Za-z0-9_-]/.test(text) ? { bytes }"),
  rule("algorithm", "alg is text", 'typeof alg !== "string"', "alg === undefined"),
  rule(
    "algorithm",
    "RSA signatures only: no none, HMAC, EC or PSS",
    "!KNOWN_ELSEWHERE.test(alg)",
    "KNOWN_ELSEWHERE.test(alg)",
  ),
  rule("critical", "no extension is demanded: crit", '["crit", "b64"]', '["b64"]'),
  rule("critical", "no extension is demanded: b64", '["crit", "b64"]', '["crit"]'),
  rule("key-id", "kid is a text and not empty", 'typeof kid === "string" && kid !== ""', 'typeof kid === "string"'),
  rule("key", "the key's alg is the token's", "answer.key.alg !== undefined && answer.key.alg !== alg", "false"),
  rule(
    "key",
    "an unknown kid is refused",
    'return refuse("the token\'s key (kid) is unknown", "DOC", "UNK");',
    "return undefined;",
  ),
  rule("key-set", "keys of 2,048 bits and more", "const FEWEST_BITS = 2048", "const FEWEST_BITS = 1024"),
  rule("key-set", "keys of 8,192 bits and less", "const MOST_BITS = 8192", "const MOST_BITS = 16384"),
  rule("key-set", "RSA keys only", 'if (kty !== "RSA")', 'if (kty === "oct")'),
  rule("key-set", "signature keys only (use)", 'Object.hasOwn(jwk, "use") && jwk.use !== "sig"', "false"),
  rule("key-set", "verification keys only (key_ops)", 'Object.hasOwn(jwk, "key_ops") &&', "false &&"),
  rule("key-set", "a key for an accepted algorithm", 'Object.hasOwn(jwk, "alg") &&', "false &&"),
  rule("key-set", "the exponent is odd", '% 2 === 0 ? "e is even"', '% 2 === 2 ? "e is even"'),
  rule("key-set", "the exponent is not 1", "(bytes[0] ?? 0) < 3", "(bytes[0] ?? 0) < 1"),
  rule(
    "key-set",
    "two keys of one kid are none",
    "before === undefined ? readKey(member, kid)",
    "true ? readKey(member, kid)",
  ),
  rule("key-set", "one key listed twice is one", "if (before === identity) continue;", ""),
  rule("key-set", "a member without a kid voids nothing", 'typeof kid !== "string" || kid === ""', 'kid === ""'),
  rule("signature", "the signature is verified", "return good ? undefined :", "return true ? undefined :"),
  rule("signature", "the signature is as long as the modulus", "decoded.bytes.length === key.modulusBytes &&", ""),
  rule(
    "signature",
    "a remembered signature counts for its own key only",
    "given.verifiedKey === key ?",
    "given.verifiedKey !== undefined ?",
  ),
  rule(
    "signature-memory",
    "the memory's key is the whole token",
    "if (young?.text === text) return young;",
    "if (young) return young;",
  ),
  rule(
    "signature-memory",
    "the memory's key is the whole token, in its old half",
    "if (old?.text !== text) return undefined;",
    "if (old === undefined) return undefined;",
  ),
  rule("signature-memory", "the memory is bounded", "this.#young.size >= this.#limit", "this.#young.size < 0"),
  rule(
    "signature-memory",
    "the headers it knows are bounded",
    "this.#headers.length >= MOST_HEADERS",
    "this.#headers.length < 0",
  ),
  rule(
    "authorize",
    "headers are learnt of good tokens only",
    "const early = given.verifiedKey",
    "if (given.segments && given.headerPart && !isUnreadable(given.headerPart)) memory?.learnHeader(given.segments[0], given.headerPart);\n  const early = given.verifiedKey",
  ),
  rule("authorize", "an early refusal costs no fetch", "if (early && !thorough) return early;", ""),
  rule(
    "authorize",
    "the rules of the claims are asked of remembered tokens as well",
    "const denied = firstDenial(RULES_OF_CLAIMS, given);",
    "const denied = given.verifiedKey ? undefined : firstDenial(RULES_OF_CLAIMS, given);",
  ),
  rule(
    "authorize",
    "the first rule that fails decides",
    "for (const rule of rules) {",
    "for (const rule of rules.toReversed()) {",
  ),
  rule("decision", "403 for scopes only", 'rule === "scope" ? 403 : 401', 'rule === "audience" ? 403 : 401'),
  rule("rules", "the signature comes before the claims", "[key, signature]", "[key]"),
  rule("rules", "the scope is asked", "audience, scope]", "audience]"),
  rule(
    "expiry",
    "exp is needed",
    'whenAbsent: refuse("the token has no expiry (exp)", "UNK")',
    "whenAbsent: undefined",
  ),
  rule("expiry", "exp ends at its second", "=> now < exp", "=> now <= exp"),
  rule("not-before", "nbf begins at its second", "=> now >= nbf", "=> now > nbf"),
  rule("issued-at", "iat is not in the future", "=> now >= iat", "=> iat !== now + 1e9"),
  rule(
    "time",
    "a time is a number",
    'typeof value === "number" && Number.isFinite(value)',
    "Number.isFinite(Number(value))",
  ),
  rule("time", "a time is not negative", "value >= 0 &&", ""),
  rule("time", "a time is at most 2^53", "&& value <= Number.MAX_SAFE_INTEGER + 1", ""),
  rule(
    "issuer",
    "iss is the issuer, character by character",
    'ownProperty(claims, "iss") === configuration.issuer',
    'String(ownProperty(claims, "iss")).replace(/\\/$/, "") === configuration.issuer.replace(/\\/$/, "")',
  ),
  rule(
    "audience",
    "client_id counts where aud is absent only",
    'Object.hasOwn(claims, "aud") ? claims.aud : ownProperty(claims, "client_id")',
    'ownProperty(claims, "aud") ?? ownProperty(claims, "client_id")',
  ),
  rule(
    "audience",
    "an audience is a whole text",
    "return wanted.includes(found)",
    "return wanted.some((one) => found.includes(one))",
  ),
  rule(
    "audience",
    "one element of the list is enough",
    "wanted.some((one) => held.has(one))",
    "wanted.every((one) => held.has(one))",
  ),
  rule("scope", "scope wins over scp", "if (scope !== undefined) return [];", ""),
  rule("scope", "scp is a list of texts", 'scp.every((one) => typeof one === "string")', "true"),
  rule("scope", "scopes are split at spaces only", 'scope.split(" ")', "scope.split(/[ ,]/)"),
  rule(
    "scope",
    "one of the route's scopes is enough",
    "routeScopes.some((one) => held.has(one))",
    "routeScopes.every((one) => held.has(one))",
  ),
  rule("challenge", "the answer holds no byte that ends its header", '.replace(UNSAFE, "?")', ""),
  rule("challenge", "the answer quotes little of a token", ".slice(0, LONGEST_DESCRIPTION)", ""),
  rule("claims-text", "a null claim is left out", "if (value !== null) claims", "claims"),
  rule("claims-text", "numbers keep the token's own text", ': `"n${found}"`', ': `"n${Number(found)}"`'),
  rule("claims-text", "members of a map are sorted", "Buffer.compare(Buffer.from(one), Buffer.from(other))", "0"),
  keys("discovery", "the document names the configured issuer", "if (found !== issuer)", "if (found === undefined)"),
  keys(
    "discovery",
    "the keys of an https issuer come over https",
    'new URL(issuer).protocol === "https:" &&',
    "false &&",
  ),
  http("fetch-document", "one deadline for the whole document", "}, deadlineMs);", "}, deadlineMs * 4);"),
  http(
    "fetch-document",
    "certificates are verified, whatever the shell says",
    "rejectUnauthorized: true",
    "rejectUnauthorized: false",
  ),
  http("fetch-document", "no more than the limit is read", "if (bytes > maxBytes) throw tooLarge;", ""),
  http("fetch-document", "an announced length is believed", "if (Number(announced) > maxBytes) throw tooLarge;", ""),
  http("fetch-document", "no redirect is followed or taken", "statusCode >= 300 && statusCode < 400", "false"),
  http("fetch-document", "status 200 only", "if (statusCode !== 200)", "if (statusCode >= 500)"),
  http("fetch-document", "nothing compressed", 'if (encoding !== "identity")', 'if (encoding === "never")'),
  http("fetch-document", "https only", "httpOnLoopback && isOnLoopback(url)", "isOnLoopback(url)"),
  http("fetch-document", "no user name in a URL", 'if (url.username !== "" || url.password !== "")', "if (false)"),
  keys(
    "issuer-keys",
    "keys serve two hours and no longer",
    "isWithin(now - held.fetchedAtMs, this.#options.maxAgeMs)",
    "true",
  ),
  keys(
    "issuer-keys",
    "a clock that was put back makes no key young",
    "spanMs >= 0 && spanMs < limitMs",
    "spanMs < limitMs",
  ),
  keys(
    "issuer-keys",
    "one fetch for all who wait",
    "if (this.#flight && isWithin(now - this.#flight.startedAtMs, LONGEST_FLIGHT_MS)) return this.#flight;",
    "",
  ),
  keys(
    "issuer-keys",
    "a frozen flight is not waited for",
    "isWithin(now - this.#flight.startedAtMs, LONGEST_FLIGHT_MS)",
    "true",
  ),
  keys(
    "issuer-keys",
    "no fetch during the cooldown",
    "if (isWithin(now - this.#landing.atMs, this.#landing.pauseMs)) return undefined;",
    "",
  ),
  keys(
    "issuer-keys",
    "a late answer does not overtake a newer one",
    "const isNewest = (this.#held?.flight ?? 0) < number;",
    "const isNewest = true;",
  ),
  keys("issuer-keys", "failures wait longer each time", "* 2 ** (this.#failures - 1)", ""),
  keys(
    "issuer-keys",
    "an old set is renewed while it serves",
    "if (now - held.fetchedAtMs > this.#options.refreshAfterMs) void this.#fetchIfDue(now);",
    "",
  ),
  keys(
    "issuer-keys",
    "discovery is asked again when the JWKS fails",
    "if (this.#flights === number) this.#jwksUri = undefined;",
    "",
  ),
  keys("issuer-keys", "an empty list of keys is a fault", "if (set.byKid.size === 0)", "if (false)"),
  keys(
    "issuer-keys",
    "a listener that throws costs nobody a verdict",
    "try {\n      this.#options.onEvent?.(event);\n    } catch {",
    "this.#options.onEvent?.(event);\n    try {\n    } catch {",
  ),
];
