import { printable } from "../findings/terminal-text.ts";
import { type DescribedApi, type DescribedRoute, exampleMethod, examplePath, hasBody } from "./described-api.ts";

/** A `.http` file for the REST clients of VS Code and Visual Studio: a token first, then a request a route. */
export function httpFileOf({ url, issuer, client, routes }: DescribedApi): string {
  const credentials = Buffer.from(
    `${encodeURIComponent(client.clientId)}:${encodeURIComponent(client.clientSecret)}`,
  ).toString("base64");
  const form = new URLSearchParams({ grant_type: "client_credentials", scope: client.scopes.join(" ") });
  return [
    `@api = ${url}`,
    "",
    "### A token, by client credentials: send this one first",
    "# @name token",
    `POST ${issuer.token}`,
    `Authorization: Basic ${credentials}`,
    "Content-Type: application/x-www-form-urlencoded",
    "",
    form.toString(),
    "",
    ...routes.map(requestOf),
  ].join("\n");
}

function requestOf({ method, path, scopes }: DescribedRoute): string {
  const asked = exampleMethod(method);
  return [
    `### ${printable(`${method} ${path}`)}`,
    `${asked} {{api}}${encodeURI(examplePath(path))}`,
    ...(scopes === undefined ? [] : ["Authorization: Bearer {{token.response.body.$.access_token}}"]),
    ...(hasBody(asked) ? ["Content-Type: application/json", "", "{}"] : []),
    "",
  ].join("\n");
}
