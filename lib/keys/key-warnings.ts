/**
 * The warnings about a JWKS that are worth a line. WSO2 lists its one key for RS256 and, under another `kid`, for PS256 (DOC):
 * beside a good key that is how it should be. No token that names the second one is accepted, and `explain` says so then.
 */
export const worthTelling = (warnings: readonly string[], goodKeys: number): readonly string[] =>
  goodKeys === 0 ? warnings : warnings.filter((warning) => !/ is not used: alg is "PS\d{3}"/.test(warning));
