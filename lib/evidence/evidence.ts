/** A request as an operator has it. */
export interface SeenRequest {
  readonly method: string;
  /** As it was given: a whole URL, or a path with its query. */
  readonly url: string;
  /** By lower-case name; repeated ones joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What the API answered, as far as a text shows it. A member that the text does not show is undefined. */
export interface SeenAnswer {
  readonly status?: number | undefined;
  /** The `message` of the body, such as `Unauthorized`. */
  readonly message?: string | undefined;
  /** The header `www-authenticate`, whole. */
  readonly challenge?: string | undefined;
  /** `$context.authorizer.error`; null where the log has the field and wrote `-`. */
  readonly authorizerError?: string | null | undefined;
  /** `$context.integrationErrorMessage`; null where the log has the field and wrote `-`. */
  readonly integrationError?: string | null | undefined;
  /** `$context.integrationStatus`: what Lambda or the server behind answered; null where the log wrote `-`. */
  readonly integrationStatus?: number | null | undefined;
  /** `$context.error.message`; null where the log wrote `-`: the gateway itself did not answer. */
  readonly gatewayMessage?: string | null | undefined;
  /** `$context.routeKey`; null where the log wrote `-`: no route took the request. */
  readonly routeKey?: string | null | undefined;
  readonly requestId?: string | undefined;
}

/** What one text holds. */
export interface Evidence {
  /** In words: `a curl command`. */
  readonly found: string;
  /** A token, or the whole value of a header; undefined where the text holds none, or holds a request to look in. */
  readonly credential?: string | undefined;
  readonly request?: SeenRequest | undefined;
  readonly answer?: SeenAnswer | undefined;
}

/** A text that cannot be used, and why: `code` for a program, the other parts for a person. */
export interface Unusable {
  readonly unusable: "evidence-too-large" | "evidence-broken" | "evidence-variable";
  readonly what: string;
  readonly got: string;
  readonly fix: string;
}

/** One thing or, of a HAR file and of a log, several. */
export type ReadEvidence = readonly Evidence[] | Unusable;
