import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeAuthority } from "../keys/certificates.ts";
import { rsaPair, signToken } from "../keys/jwks.ts";

// The REST APIs of a WSO2 as far as `wso2 register` and `wso2 token` call them, over TLS on a real socket, with the shapes
// that WSO2's documentation and source have. It forgets nothing, so that a test can look.

export const ADMIN = { user: "admin", password: "admin-p4ss'word", token: "management-token" };

interface Application {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  isJwt: boolean;
  audience: readonly string[];
  /** Of each API resource that it is authorised for, by its id. */
  readonly authorised: Map<string, Set<string>>;
}

interface Resource {
  readonly id: string;
  readonly identifier: string;
  readonly scopes: Set<string>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the fake was asked, without the credentials. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface FakeChoices {
  /** Before 7.0 there are no API resources, and a scope is a free word. @default true */
  readonly hasApiResources?: boolean;
  /** Newer releases show the secret to those with a scope of its own. @default false */
  readonly hidesSecret?: boolean;
  /** Gives opaque tokens, whatever the application says. @default false */
  readonly isOpaque?: boolean;
  /** What a pre-issue access token action writes over `aud`. @default - there is no such action */
  readonly audienceOfAction?: string;
  /** Another answer to a request of management. */
  readonly instead?: (asked: Asked) => Answer | undefined;
}

export interface FakeWso2 {
  readonly issuer: string;
  readonly server: string;
  /** PEM of the authority of its certificate. */
  readonly ca: string;
  /** Calls of management, in their order. */
  readonly asked: readonly Asked[];
  readonly applications: ReadonlyMap<string, Application>;
  readonly resources: Map<string, Resource>;
  /** Scopes of versions before 7.0, which belong to no API resource. */
  readonly freeScopes: ReadonlySet<string>;
  close(): Promise<void>;
}

const authority = await makeAuthority();
const certificate = await authority.issue();
const { jwk, privateKey } = rsaPair("ZmFrZQ_RS256");

type Members = Readonly<Record<string, never>>;

export async function startFakeWso2(choices: FakeChoices = {}): Promise<FakeWso2> {
  const { hasApiResources = true, hidesSecret = false, isOpaque = false, audienceOfAction, instead } = choices;
  const applications = new Map<string, Application>();
  const resources = new Map<string, Resource>();
  const freeScopes = new Set<string>();
  const asked: Asked[] = [];
  const http = createServer(certificate, (request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    http.listen(0, "127.0.0.1", resolve);
  });
  const server = `https://localhost:${(http.address() as AddressInfo).port}/t/orders`;
  const issuer = `${server}/oauth2/token`;

  async function serve(request: IncomingMessage, response: ServerResponse) {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
    const { status, body, headers = {} } = answerTo(request, text);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
  }

  function answerTo(request: IncomingMessage, text: string): Answer {
    const { pathname: path, searchParams } = new URL(request.url ?? "", server);
    const local = path.replace(/^\/t\/orders/, "");
    const { method = "", headers } = request;
    if (local === "/oauth2/token/.well-known/openid-configuration")
      return ok({ issuer, token_endpoint: issuer, jwks_uri: `${server}/oauth2/jwks` });
    if (local === "/oauth2/jwks") return ok({ keys: [jwk] });
    if (local === "/oauth2/token") return tokenFor(headers.authorization, new URLSearchParams(text));
    const seen: Asked = {
      method,
      path: (request.url ?? "").replace(/^\/t\/orders/, ""),
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
    asked.push(seen);
    const basic = `Basic ${Buffer.from(`${ADMIN.user}:${ADMIN.password}`).toString("base64")}`;
    if (headers.authorization !== basic && headers.authorization !== `Bearer ${ADMIN.token}`)
      return { status: 401, headers: { "www-authenticate": "Basic realm=localhost" } };
    return instead?.(seen) ?? manage(method, local, searchParams, (seen.body ?? {}) as Members);
  }

  function manage(method: string, path: string, query: URLSearchParams, body: Members): Answer {
    const filter = query.get("filter")?.split(" eq ")[1];
    const [, id = "", rest = ""] = /^\/api\/server\/v1\/applications(?:\/([^/]+)(\/.*)?)?$/.exec(path) ?? [];
    const application = applications.get(id);
    if (path === "/api/server/v1/applications" && method === "GET")
      return ok({ totalResults: 0, applications: [...applications.values()].filter(({ name }) => name === filter) });
    if (path === "/api/server/v1/applications" && method === "POST") {
      const { oidc } = body.inboundProtocolConfiguration as unknown as {
        oidc: { accessToken: { type: string }; idToken: { audience: string[] } };
      };
      const made = newApplication(body.name ?? "", oidc.accessToken.type === "JWT", oidc.idToken.audience);
      return { status: 201, headers: { location: `${server}/api/server/v1/applications/${made.id}` } };
    }
    if (application && rest === "/inbound-protocols/oidc") {
      if (method === "PUT") changeProtocol(application, body);
      return ok({
        clientId: application.clientId,
        ...(hidesSecret ? {} : { clientSecret: application.clientSecret }),
        state: "ACTIVE",
        grantTypes: ["client_credentials"],
        accessToken: { type: application.isJwt ? "JWT" : "Default" },
        idToken: { audience: application.audience },
      });
    }
    if (application && rest.startsWith("/authorized-apis")) return authorisations(application, method, rest, body);
    if (application && method === "DELETE") {
      applications.delete(id);
      return { status: 204 };
    }
    if (path.startsWith("/api/identity/oauth2/dcr/v1.1/register")) return dynamic(method, path, body);
    if (!hasApiResources && path.startsWith("/api/identity/oauth2/v1.0/scopes")) return free(method, path, body);
    if (hasApiResources && path.startsWith("/api/server/v1/api-resources"))
      return manageResources(method, path, filter, body);
    return { status: 404, body: { code: "UE-10000", message: "Not found" } };
  }

  function free(method: string, path: string, body: Members): Answer {
    if (method === "DELETE")
      return { status: freeScopes.delete(decodeURIComponent(path.split("/").at(-1) ?? "")) ? 204 : 404 };
    const name = String(body.name);
    if (freeScopes.has(name)) return { status: 409, body: { code: "41004", message: "Conflict" } };
    freeScopes.add(name);
    return { status: 201, body: { name } };
  }

  function changeProtocol(application: Application, body: Members) {
    const { accessToken, idToken } = body as unknown as {
      accessToken: { type: string };
      idToken: { audience: string[] };
    };
    application.isJwt = accessToken.type === "JWT";
    application.audience = idToken.audience;
  }

  function authorisations(application: Application, method: string, rest: string, body: Members): Answer {
    const ofResource = (id: string) => {
      const scopes = application.authorised.get(id) ?? new Set<string>();
      application.authorised.set(id, scopes);
      return scopes;
    };
    if (method === "GET")
      return ok(
        [...application.authorised].map(([id, scopes]) => ({
          id,
          authorizedScopes: [...scopes].map((name) => ({ name })),
        })),
      );
    const { id, scopes, ...change } = body as unknown as {
      id: string;
      scopes: string[];
      addedScopes: string[];
      removedScopes: string[];
    };
    const named = rest.split("/").at(-1) ?? "";
    if (method === "DELETE") return { status: application.authorised.delete(named) ? 204 : 404 };
    if (method === "PATCH") {
      for (const scope of change.addedScopes) ofResource(named).add(scope);
      for (const scope of change.removedScopes) ofResource(named).delete(scope);
    } else if (application.authorised.has(id))
      return { status: 409, body: { code: "APP-60509", message: "Already there" } };
    else for (const scope of scopes) ofResource(id).add(scope);
    return { status: method === "PATCH" ? 200 : 201 };
  }

  function dynamic(method: string, path: string, body: Members): Answer {
    if (method === "DELETE") {
      const found = [...applications.values()].find(({ clientId }) => path.endsWith(`/${clientId}`));
      applications.delete(found?.id ?? "");
      return { status: found ? 204 : 401 };
    }
    const { clientId, clientSecret } = newApplication(body.client_name ?? "", body.token_type_extension === "JWT", []);
    return {
      status: 201,
      body: { client_id: clientId, client_secret: clientSecret, client_name: body.client_name, redirect_uris: [""] },
    };
  }

  function manageResources(method: string, path: string, filter: string | undefined, body: Members): Answer {
    const [, named = "", scope] = /api-resources\/([^/]+)(?:\/scopes\/(.+))?$/.exec(path) ?? [];
    const found = resources.get(named);
    if (found && method === "DELETE") {
      if (scope === undefined) resources.delete(named);
      else found.scopes.delete(decodeURIComponent(scope));
      return { status: 204 };
    }
    if (method === "POST") {
      const made = { id: randomUUID(), identifier: String(body.identifier), scopes: new Set(names(body.scopes)) };
      resources.set(made.id, made);
      return { status: 201, body: shown(made) };
    }
    if (found && method === "PATCH") {
      for (const name of names(body.addedScopes)) found.scopes.add(name);
      return ok(shown(found));
    }
    if (found) return ok(shown(found));
    const fitting = [...resources.values()].filter(({ identifier }) => identifier === filter);
    return ok({
      totalResults: fitting.length,
      apiResources: fitting.map(({ id, identifier }) => ({ id, identifier })),
    });
  }

  function newApplication(name: string, isJwt: boolean, audience: readonly string[]): Application {
    const made = {
      id: randomUUID(),
      name,
      clientId: `client_${randomUUID().replaceAll("-", "").slice(0, 20)}`,
      clientSecret: `s3cret'${randomUUID()}`,
      isJwt,
      audience,
      authorised: new Map<string, Set<string>>(),
    };
    applications.set(made.id, made);
    return made;
  }

  function tokenFor(authorization: string | undefined, form: URLSearchParams): Answer {
    const [clientId = "", secret = ""] = Buffer.from((authorization ?? "").replace("Basic ", ""), "base64")
      .toString()
      .split(":")
      .map(decodeURIComponent);
    const application = [...applications.values()].find((one) => one.clientId === clientId);
    if (application?.clientSecret !== secret)
      return {
        status: 401,
        body: { error_description: `Client credentials are invalid. ${secret}`, error: "invalid_client" },
      };
    const wanted = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
    const scopes = wanted.filter(
      (scope) => !hasApiResources || [...application.authorised.values()].some((authorised) => authorised.has(scope)),
    );
    const { isJwt, audience } = application;
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const claims = {
      sub: clientId,
      aut: "APPLICATION",
      iss: issuer,
      client_id: clientId,
      aud: audienceOfAction ?? (audience.length === 0 ? clientId : [clientId, ...audience]),
      azp: clientId,
      nbf: nowSeconds,
      iat: nowSeconds,
      exp: nowSeconds + 3_600,
      jti: randomUUID(),
      ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    };
    const token = isJwt && !isOpaque ? signToken(privateKey, { typ: "at+jwt", kid: jwk.kid }, claims) : randomUUID();
    return ok({ access_token: token, token_type: "Bearer", expires_in: 3_600, scope: scopes.join(" ") });
  }

  return {
    issuer,
    server,
    ca: authority.ca,
    asked,
    applications,
    resources,
    freeScopes,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

const ok = (body: unknown): Answer => ({ status: 200, body });

const names = (list: unknown) => (list as { name: string }[]).map(({ name }) => name);

const shown = ({ id, identifier, scopes }: Resource) => ({
  id,
  identifier,
  scopes: [...scopes].map((name) => ({ id: randomUUID(), name, displayName: name })),
});
