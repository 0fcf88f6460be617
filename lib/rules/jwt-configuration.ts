/** What a native JWT authorizer is configured with: AWS's `JWTConfiguration`. */
export interface JwtConfiguration {
  /** Compared with `iss` as it is, character by character. */
  readonly issuer: string;
  /** `aud` (or `client_id` where `aud` is absent) must hold one of these. */
  readonly audience: readonly string[];
}
