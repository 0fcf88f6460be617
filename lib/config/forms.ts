// The forms of values that an environment of cdk.json and the props of a construct both take, without zod: the package of the
// constructs has none of it. Each says what is wanted, where a text shows that it cannot work.

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1?\]|0\.0\.0\.0)$/;

/**
 * What an issuer has to be, where its text shows that it cannot be one; undefined where it may be. A slash at its end is right
 * for some issuers and not for WSO2's: `endsInSlash` finds it, and the caller judges.
 */
export function issuerFault(text: string): string | undefined {
  if (!URL.canParse(text)) return "an https URL";
  const url = new URL(text);
  if (url.protocol !== "https:") return "an https URL: API Gateway fetches the issuer's keys over https only";
  if (LOOPBACK.test(url.hostname))
    return "a host that API Gateway can reach; the local run answers for any issuer, so name the real one";
  if (url.search !== "" || url.hash !== "" || url.username !== "")
    return "an https URL without query, fragment or user";
  if (/\/\.well-known\//.test(text)) return "the issuer itself, without /.well-known/openid-configuration";
  return undefined;
}

export const endsInSlash = (issuer: string): boolean => issuer.endsWith("/");

/** Such as `orders:read`: RFC 6749 section 3.3. */
export const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Where a request carries its token: a header or a query parameter. */
export const IDENTITY_SOURCE = /^\$request\.(header|querystring)\.[A-Za-z0-9_-]+$/;

/** The retentions that CloudWatch Logs knows, in days. */
export const RETENTIONS_IN_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
