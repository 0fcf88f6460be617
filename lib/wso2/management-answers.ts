import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";

// What is read of the answers of WSO2's REST APIs.

export const asJson = (value: unknown): Json => (isJson(value) ? value : {});

/** The id of the first of a list; undefined where it is empty. */
export const firstId = (list: unknown): string | undefined => {
  const [first] = Array.isArray(list) ? (list as readonly unknown[]) : [];
  return isJson(first) && typeof first.id === "string" ? first.id : undefined;
};

export const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];

/** The names of a list of objects. */
export const namesIn = (list: unknown): readonly string[] =>
  Array.isArray(list)
    ? list.flatMap((one: unknown) => (isJson(one) && typeof one.name === "string" ? one.name : []))
    : [];

/** @throws Mistake `wso2-answer-strange`, `wso2-secret-hidden` */
export function credentialsIn(clientId: unknown, clientSecret: unknown) {
  if (typeof clientId !== "string" || clientId === "") throw strange("give the credentials", "no client id");
  if (typeof clientSecret !== "string" || clientSecret === "")
    throw new Mistake("wso2-secret-hidden", {
      what: "WSO2 does not show the application's secret",
      got: `the client id ${clientId} only`,
      expected: "the secret too",
      fix: "give the management application the scope internal_application_mgt_client_secret_view, or make the application in the console",
    });
  return { clientId, clientSecret };
}

export const strange = (what: string, got: string): Mistake =>
  new Mistake("wso2-answer-strange", {
    what: `WSO2's answer to '${what}' is none that is known`,
    got,
    expected: "the answer of Identity Server 5.10 to 7.3, or of Asgardeo",
    fix: "look at the address; do it in the console (docs/wso2.md), and tell us the version",
  });
