import { Mistake } from "../findings/mistake.ts";
import { printable } from "../findings/terminal-text.ts";
import type { Answered, Ask, Unanswered } from "../http/exchange.ts";
import { parseJson, parseJsonList } from "../json/json.ts";

/** Who asks: an administrator by name (Identity Server), or a token with management scopes (Asgardeo, and 7.x). */
export type AdminCredentials =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string };

/** One call of WSO2's REST APIs. It holds no secret, so that it can be shown. */
export interface ManagementCall {
  /** In words: "create the application". */
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the server's or tenant's address on. */
  readonly path: string;
  readonly body?: unknown;
  /** Statuses that are an answer and no mistake, besides 2xx. */
  readonly alsoTakes?: readonly number[];
}

export interface ManagementAnswer {
  readonly status: number;
  /** The last part of `Location`: the id of what was made. */
  readonly createdId: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the answer lists, where it is a list. */
  readonly list: readonly unknown[];
}

/** @throws Mistake where there is no answer, or one that is none of the call's */
export type Manage = (call: ManagementCall) => Promise<ManagementAnswer>;

const LONGEST_TEXT = 200;

/** Calls the REST APIs of one server or tenant. @param base such as `https://is.example.com/t/orders` */
export function manager(base: string, credentials: AdminCredentials, ask: Ask): Manage {
  const secret = credentials.kind === "password" ? credentials.password : credentials.token;
  const authorization =
    credentials.kind === "password"
      ? `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`
      : `Bearer ${credentials.token}`;
  return async ({ what, method, path, body, alsoTakes = [] }) => {
    const answer = await ask({
      method,
      url: `${base}${path}`,
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.kind === "unanswered") throw unreachable(base, answer);
    const { status, headers } = answer;
    if ((status < 200 || status > 299) && !alsoTakes.includes(status))
      throw refused(what, `${method} ${path}`, answer, credentials.kind, secret);
    return {
      status,
      createdId: headers.location?.split("/").at(-1),
      body: parseJson(answer.body) ?? {},
      list: parseJsonList(answer.body),
    };
  };
}

function unreachable(base: string, { stage, detail }: Unanswered): Mistake {
  const isTrust = stage === "tls";
  return new Mistake(isTrust ? "wso2-not-trusted" : "wso2-unreachable", {
    what: isTrust ? `the certificate of ${base} is not trusted here` : `${base} does not answer`,
    got: `${stage}: ${detail}`,
    expected: isTrust ? "a certificate of an authority that Node knows" : "WSO2's REST APIs over https",
    fix: isTrust
      ? "--ca FILE with the PEM of its authority, or of the certificate itself where it is WSO2's own"
      : "look at the address and the port; a server that starts needs minutes after the port is open",
  });
}

function refused(
  what: string,
  call: string,
  { status, body }: Answered,
  kind: AdminCredentials["kind"],
  secret: string,
): Mistake {
  const { description, message, error, error_description: errorDescription, code } = parseJson(body) ?? {};
  const words = [code, error, description ?? message ?? errorDescription].filter((one) => typeof one === "string");
  const got = `${status} to ${call}${words.length === 0 ? "" : `: ${cleaned(words.join(", "), secret)}`}`;
  if (status === 401)
    return new Mistake("wso2-admin-refused", {
      what: `WSO2 does not let you ${what}: it does not know who asks`,
      got,
      expected: kind === "password" ? "an administrator's name and password" : "a management token that is still good",
      fix:
        kind === "password"
          ? "look at WSO2_ADMIN_USER and WSO2_ADMIN_PASSWORD; Asgardeo takes WSO2_ADMIN_TOKEN only"
          : "get a new token into WSO2_ADMIN_TOKEN (docs/wso2.md)",
    });
  if (status === 403)
    return new Mistake("wso2-admin-forbidden", {
      what: `WSO2 does not let you ${what}`,
      got,
      expected:
        "internal_application_mgt_create, _view, _update, _delete, _client_secret_view; for scopes internal_api_resource_create, _view, _update",
      fix: "give the management application these scopes and get a new token, or ask an administrator",
    });
  return new Mistake("wso2-refused", {
    what: `WSO2 did not ${what}`,
    got,
    expected: "2xx",
    fix:
      status === 404
        ? "look at the issuer, or --server: the server's address, with /t/TENANT for a tenant or an Asgardeo organisation"
        : "what it says above; --dry-run shows what is sent",
  });
}

/** Texts of a server as they may be printed: short, plain, without the secret that was sent. */
const cleaned = (text: string, secret: string) => printable(text.replaceAll(secret, "***"), LONGEST_TEXT);
