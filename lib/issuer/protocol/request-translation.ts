import type { IncomingMessage } from "node:http";
import { readBody } from "../answers.ts";
import type { Applications } from "../applications.ts";
import type { IssuerEndpoints } from "../issuer-endpoints.ts";
import type { Profile } from "../profiles.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { scopesFor } from "./accounts.ts";
import {
  clientIdOf,
  formOf,
  type Parameters,
  parameterOf,
  readParameters,
  withBody,
  withParameter,
} from "./incoming.ts";
import type { Wording } from "./wordings.ts";

export interface RequestTranslationOptions {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly applications: Applications;
  readonly tokens: AccessTokens;
}

export type Translated =
  | { readonly kind: "request"; readonly request: IncomingMessage }
  | { readonly kind: "refused"; readonly wording: Wording };

const SENSITIVE = ["username", "password", "client_secret"];
/** A version that echoes scopes has to know each; nobody needs more. */
const MOST_OTHER_SCOPES = 200;

/** Turns a request to WSO2 into one that the library understands. */
export class RequestTranslation {
  /** Scopes that nobody registered and that the version echoes. */
  readonly otherScopes = new Set<string>();
  readonly #options: RequestTranslationOptions;
  readonly #bodies = new WeakMap<IncomingMessage, Parameters>();

  constructor(options: RequestTranslationOptions) {
    this.#options = options;
  }

  /** The form that came with a request. */
  bodyOf(request: IncomingMessage): Parameters {
    return this.#bodies.get(request) ?? [];
  }

  async translate(request: IncomingMessage): Promise<Translated> {
    const { profile, endpoints } = this.#options;
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (request.method !== "POST") {
      if (path === endpoints.authorize)
        request.url = `${path}?${formOf(this.#scoped([...new URLSearchParams(query)]))}`;
      if (path === endpoints.userinfo) await this.#ownBearer(request);
      return { kind: "request", request };
    }
    const body = await readBody(request);
    if (body === undefined) return refused(413, "invalid_request", "The request is too long.");
    let parameters = readParameters(body, request.headers["content-type"] ?? "", profile.takesJson);
    if (path === endpoints.token) {
      if (SENSITIVE.some((name) => new URLSearchParams(query).has(name)))
        return refused(400, "invalid_request", "Invalid request with sensitive data in the URL.");
      if (new Set(parameters.map(([name]) => name)).size < parameters.length)
        return refused(400, "invalid_request", "Invalid request with repeated parameters.");
    }
    if ([endpoints.token, endpoints.par, endpoints.deviceAuthorize].includes(path))
      parameters = this.#scoped(parameters, request.headers.authorization);
    if (path === endpoints.introspect || path === endpoints.revoke)
      parameters = await this.#ownToken(parameters, "token");
    if (path === endpoints.userinfo) {
      await this.#ownBearer(request);
      parameters = await this.#ownToken(parameters, "access_token");
    }
    const changed = withBody(request, parameters);
    this.#bodies.set(changed, parameters);
    return { kind: "request", request: changed };
  }

  /** Without the scopes that the application may not have. */
  #scoped(parameters: Parameters, authorization?: string): Parameters {
    const { applications, profile } = this.#options;
    const asked = parameterOf(parameters, "scope");
    const client = applications.find(clientIdOf(parameters, authorization));
    if (asked === undefined || !client) return parameters;
    const isForUser = parameterOf(parameters, "grant_type") !== "client_credentials";
    const scopes = scopesFor(
      client,
      asked.split(" ").filter((scope) => scope !== ""),
      { isForUser, echoesScopes: profile.echoesScopes },
    );
    if (profile.echoesScopes)
      for (const scope of scopes) if (this.otherScopes.size < MOST_OTHER_SCOPES) this.otherScopes.add(scope);
    return withParameter(parameters, "scope", scopes.length === 0 ? undefined : scopes.join(" "));
  }

  async #ownToken(parameters: Parameters, name: string): Promise<Parameters> {
    const token = parameterOf(parameters, name);
    return token === undefined ? parameters : withParameter(parameters, name, await this.#options.tokens.take(token));
  }

  async #ownBearer(request: IncomingMessage): Promise<void> {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (token !== undefined) request.headers.authorization = `Bearer ${await this.#options.tokens.take(token)}`;
  }
}

const refused = (status: number, error: string, description: string): Translated => ({
  kind: "refused",
  wording: { status, error, description },
});
