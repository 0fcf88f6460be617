import { MOST_ISSUER_DOCUMENT_BYTES } from "../aws/limits.ts";
import { counted } from "../findings/terminal-text.ts";
import type { IssuerDocument } from "../http/fetch-document.ts";
import { publishedProductOf } from "../keys/default-keys.ts";
import { worthTelling } from "../keys/key-warnings.ts";
import { type KeySet, readKeySet } from "../rules/key-set.ts";
import { type DoctorFinding, fail, pass, warn } from "./check.ts";

export interface JwksFindings {
  readonly results: readonly DoctorFinding[];
  readonly keySet: KeySet | undefined;
}

type Jwk = Readonly<Record<string, unknown>>;

/** What the JWKS holds, beside that it was answered. */
export function checkJwks({ text, bytes }: IssuerDocument): JwksFindings {
  const keySet = readKeySet(text);
  if (!keySet) {
    const remedy = "correct jwks_uri; WSO2 answers an unknown tenant with status 200 and a plain text";
    return { results: [fail("jwks-keys", "the JWKS is no JSON object with a list of keys", remedy)], keySet };
  }
  const { keys } = JSON.parse(text) as { readonly keys: readonly unknown[] };
  const members = keys.filter((key): key is Jwk => typeof key === "object" && key !== null && !Array.isArray(key));
  const results = [
    ...checkSize(bytes),
    ...checkKeys(keySet, keys.length),
    checkDuplicates(members),
    checkPrivateParts(members),
    checkDefaultKeys(members),
  ];
  return { results, keySet };
}

const checkSize = (bytes: number): readonly DoctorFinding[] =>
  bytes > MOST_ISSUER_DOCUMENT_BYTES * 0.8
    ? [
        warn(
          "jwks",
          `the JWKS has ${bytes} bytes of the ${MOST_ISSUER_DOCUMENT_BYTES} that are taken`,
          "take old keys out",
        ),
      ]
    : [];

function checkKeys({ byKid, warnings }: KeySet, listed: number): readonly DoctorFinding[] {
  const fit = [...byKid.values()].flatMap((entry) => (entry.kind === "found" ? [entry.key] : []));
  const unfit = worthTelling(warnings, fit.length).filter((warning) => !warning.includes("private part"));
  if (fit.length === 0)
    return [
      fail(
        "jwks-keys",
        `none of the ${listed} keys may verify${unfit[0] === undefined ? "" : `: ${clipped(unfit[0])}`}`,
        "publish an RSA signature key of 2048 bits or more with a kid, and sign with RS256",
      ),
    ];
  const described = fit.map(
    ({ kid, alg, modulusBytes }) => `${clipped(kid)} (RSA ${modulusBytes * 8}, ${alg ?? "any alg"})`,
  );
  return [
    pass("jwks-keys", `${fit.length} of ${listed} keys may verify: ${described.slice(0, 5).join(", ")}`),
    ...counted(unfit).map((warning) =>
      warn("jwks-keys", clipped(warning), "tokens that name this key are refused; sign with another"),
    ),
  ];
}

const clipped = (text: string) => (text.length > 160 ? `${text.slice(0, 160)}…` : text);

function checkDuplicates(members: readonly Jwk[]): DoctorFinding {
  const moduli = new Map<unknown, Set<unknown>>();
  for (const { kid, n } of members) moduli.set(kid, (moduli.get(kid) ?? new Set()).add(n));
  const twice = [...moduli].filter(([kid, different]) => kid !== undefined && different.size > 1).map(([kid]) => kid);
  return twice.length === 0
    ? pass("jwks-duplicates", "no two keys share a kid")
    : fail(
        "jwks-duplicates",
        `two different keys have the kid ${clipped(JSON.stringify(twice[0]))}`,
        "give each key a kid of its own: nothing says which of the two is meant",
      );
}

/** RFC 7518 section 6.3.2 and 6.4.1. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k"];

function checkPrivateParts(members: readonly Jwk[]): DoctorFinding {
  const leaked = members.find((jwk) => PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name)));
  return leaked === undefined
    ? pass("jwks-private", "no key is published with its private part")
    : fail(
        "jwks-private",
        `the key ${clipped(JSON.stringify(leaked.kid))} is published with its private part: anybody can sign tokens`,
        "replace the key at once, and publish the public members only (kty, n, e, kid, use, alg)",
      );
}

function checkDefaultKeys(members: readonly Jwk[]): DoctorFinding {
  const products = members.map((jwk) => publishedProductOf(jwk)).filter((product) => product !== undefined);
  return products.length === 0
    ? pass("jwks-default-keys", "no key is one of those that come with WSO2")
    : fail(
        "jwks-default-keys",
        `the key that comes with WSO2 ${products[0]} signs here: anybody can download its private part and make tokens`,
        "make a keystore of your own and name it in deployment.toml ([keystore.primary]), then restart and take new tokens",
      );
}
