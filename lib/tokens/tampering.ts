// What can happen to a token after it was signed, by the name that a case calls it.

/** @param other another token of the same key, where the tampering takes a part of it */
type Tampering = (token: string, other: string) => string;

const parts = (token: string) => token.split(".") as [string, string, string];

const withSignature =
  (change: (signature: string) => string): Tampering =>
  (token) => {
    const [header, claims, signature] = parts(token);
    return `${header}.${claims}.${change(signature)}`;
  };

const bytes = (text: string, change: (all: Buffer) => Buffer) =>
  change(Buffer.from(text, "base64url")).toString("base64url");

const member = (segment: string, name: string, value: unknown) =>
  Buffer.from(
    JSON.stringify({ ...(JSON.parse(Buffer.from(segment, "base64url").toString()) as object), [name]: value }),
  ).toString("base64url");

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The token with another `sub` under the old signature. @throws SyntaxError or TypeError where it is not a JWT */
export const withAnotherSubject = (token: string): string =>
  `${parts(token)[0]}.${member(parts(token)[1], "sub", "somebodyElse0000000000")}.${parts(token)[2]}`;

/** What can happen to a token after it was signed. */
export const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  "only-header": (token) => parts(token)[0],
  "no-signature-part": (token) => parts(token).slice(0, 2).join("."),
  "extra-segment": (token) => `${token}.AAAA`,
  "five-segments": (token) => `${token}.AAAA.AAAA`,
  "many-dots-short": (token) => `${token}${".".repeat(2_000)}`,
  "trailing-dot": (token) => `${token}.`,
  "leading-dot": (token) => `.${token}`,
  "empty-header": (token) => token.slice(token.indexOf(".")),
  "empty-claims": (token) => `${parts(token)[0]}..${parts(token)[2]}`,
  "empty-signature": withSignature(() => ""),
  "header-star": (token) => `*${token.slice(1)}`,
  "claims-star": (token) => `${parts(token)[0]}.*${parts(token)[1].slice(1)}.${parts(token)[2]}`,
  "signature-star": withSignature((signature) => `*${signature.slice(1)}`),
  "padded-header": (token) => `${parts(token)[0]}=.${parts(token)[1]}.${parts(token)[2]}`,
  "padded-signature": withSignature((signature) => `${signature}==`),
  "standard-alphabet": withSignature((signature) => `+/${signature.slice(2)}`),
  "trailing-bits": withSignature((signature) => {
    const last = BASE64URL.indexOf(signature.slice(-1));
    return `${signature.slice(0, -1)}${BASE64URL[last + 1] ?? ""}`;
  }),
  "one-more-character": withSignature((signature) => `${signature}AAA`),
  "inner-space": withSignature((signature) => `${signature.slice(0, 10)} ${signature.slice(10)}`),
  "tampered-claims": withAnotherSubject,
  "tampered-header": (token) => `${member(parts(token)[0], "typ", "changed")}.${parts(token)[1]}.${parts(token)[2]}`,
  "flipped-bit": withSignature((signature) =>
    bytes(signature, (all) => {
      all[40] = (all[40] ?? 0) ^ 1;
      return all;
    }),
  ),
  "truncated-signature": withSignature((signature) => bytes(signature, (all) => all.subarray(0, -1))),
  "zero-signature": withSignature((signature) => bytes(signature, (all) => Buffer.alloc(all.length))),
  "swapped-signature": (token, other) => `${parts(token)[0]}.${parts(token)[1]}.${parts(other)[2]}`,
};
