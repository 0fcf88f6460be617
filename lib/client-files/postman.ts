import { type DescribedApi, exampleMethod, examplePath, hasBody } from "./described-api.ts";

const member = (key: string, value: string | boolean) => ({ key, value, type: typeof value });

/**
 * A Postman collection whose requests get their token by client credentials.
 * @see https://schema.getpostman.com/json/collection/v2.1.0/collection.json
 */
export function postmanOf({ name, url, issuer, client, routes }: DescribedApi): object {
  return {
    info: { name, schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" },
    variable: [member("api", url)],
    auth: {
      type: "oauth2",
      oauth2: [
        member("grant_type", "client_credentials"),
        member("accessTokenUrl", issuer.token),
        member("authUrl", issuer.authorize),
        member("redirect_uri", "https://oauth.pstmn.io/v1/callback"),
        member("clientId", client.clientId),
        member("clientSecret", client.clientSecret),
        member("scope", client.scopes.join(" ")),
        member("client_authentication", "header"),
        member("addTokenTo", "header"),
        member("tokenName", name),
      ],
    },
    item: routes.map(({ method, path, scopes }) => {
      const asked = exampleMethod(method);
      return {
        name: `${method} ${path}`,
        request: {
          method: asked,
          url: `{{api}}${encodeURI(examplePath(path))}`,
          ...(scopes === undefined ? { auth: { type: "noauth" } } : {}),
          ...(hasBody(asked) ? { body: { mode: "raw", raw: "{}", options: { raw: { language: "json" } } } } : {}),
        },
      };
    }),
  };
}
