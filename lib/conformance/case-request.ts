import type { ApiName, RequestRecipe, TokenRecipe } from "./case.ts";
import type { RawRequest } from "./raw-request.ts";
import { makeToken, type Signer } from "./token-recipe.ts";

/** A case's request, with its token filled in. */
export interface CaseRequest {
  readonly api: ApiName;
  /** The route that is meant to take it. */
  readonly routeKey: string;
  /** Whether more of HTTP matters than where the token is: a path, a method, a body, what the function does. */
  readonly isAboutHttp: boolean;
  readonly raw: RawRequest;
}

const BEARER = [["Authorization", "Bearer {token}"]] as const;

/** Makes the request of a case for a given second. */
export async function caseRequest(
  { api = "main", route = "GET /me", send = {} }: RequestRecipe,
  token: TokenRecipe,
  signer: Signer,
  nowSeconds: number,
): Promise<CaseRequest> {
  const text = await makeToken(token, signer, nowSeconds);
  const [routeMethod = "GET", routePath = "/"] = route.split(" ", 2);
  const {
    method = routeMethod === "ANY" ? "GET" : routeMethod,
    path = api === "issuers" ? `/live${routePath}` : routePath,
    query = "",
  } = send;
  const headers = (send.headers ?? (send.query?.includes("{token}") ? [] : BEARER)).map(
    ([name, value]) => [name, value.replaceAll("{token}", text)] as const,
  );
  const told = [
    ...instruction("x-do", send.function),
    ...instruction("x-guard", send.authorizer),
    ...(send.fillLength === undefined ? [] : [["x-fill", "f".repeat(send.fillLength)] as const]),
  ];
  return {
    api,
    routeKey: route,
    isAboutHttp: Object.keys(send).some((member) => member !== "headers" && member !== "query"),
    raw: {
      method,
      target: `${path}${query === "" ? "" : `?${query.replaceAll("{token}", text)}`}`,
      headers: [...headers, ...told],
      body: bodyOf(send),
    },
  };
}

/** A header holds ASCII only. */
const instruction = (name: string, wish: unknown): readonly (readonly [string, string])[] =>
  wish === undefined
    ? []
    : [
        [
          name,
          JSON.stringify(wish).replace(
            /[^\x20-\x7e]/g,
            (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
          ),
        ],
      ];

function bodyOf({ body, bodyHex, bodyLength }: NonNullable<RequestRecipe["send"]>): Buffer | undefined {
  if (bodyLength !== undefined) return Buffer.alloc(bodyLength, "b");
  if (bodyHex !== undefined) return Buffer.from(bodyHex, "hex");
  return body === undefined ? undefined : Buffer.from(body);
}
