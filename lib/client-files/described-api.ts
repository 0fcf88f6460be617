/** An API that runs, and the issuer for it, as a client has to know them. */
export interface DescribedApi {
  readonly name: string;
  /** Where it answers. */
  readonly url: string;
  readonly routes: readonly DescribedRoute[];
  readonly issuer: DescribedIssuer;
  readonly client: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scopes: readonly string[];
  };
}

export interface DescribedRoute {
  /** As in a route key; `ANY` for every method. */
  readonly method: string;
  /** As in a route key: `/orders/{id}`, `/files/{proxy+}`. */
  readonly path: string;
  /** Scopes of which a token needs one; undefined where no token is needed. */
  readonly scopes: readonly string[] | undefined;
}

/** The issuer with the addresses where it really answers. */
export interface DescribedIssuer {
  readonly issuer: string;
  readonly discovery: string;
  readonly authorize: string;
  readonly token: string;
  readonly jwks: string;
  readonly userinfo: string;
  readonly logout: string;
}

/** A path with something in the place of its variables. */
export const examplePath = (path: string): string => path.replace(/\{[^}]+\}/g, "1");

/** The method to try a route with. */
export const exampleMethod = (method: string): string => (method === "ANY" ? "GET" : method);

/** Whether a body goes with it. */
export const hasBody = (method: string): boolean => ["POST", "PUT", "PATCH"].includes(method);
