import { z } from "zod";
import { problemOf } from "./application-calls.ts";
import type { Handler } from "./call.ts";
import { invalidBody, type ManagementAnswer, refusal, tooMany } from "./management-answer.ts";

// Scopes before 7.0 (/api/identity/oauth2/v1.0/scopes): free words, which any application may ask for. Codes and messages: SRC.

const MOST_SCOPES = 200;

const scopeSchema = z.object({
  name: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
    .max(2_000),
  displayName: z.string().max(2_000),
});

export const registerScope: Handler = ({ catalogue, body }) => {
  const read = scopeSchema.safeParse(body);
  if (!read.success) return invalidBody(problemOf(read.error));
  const { name, displayName } = read.data;
  if (catalogue.freeScopes.includes(name))
    return scopeRefusal(
      409,
      "41004",
      `Scope with the name ${name} already exists in the system. Please use a different scope name.`,
    );
  if (catalogue.freeScopes.length >= MOST_SCOPES) return tooMany("scopes");
  catalogue.setFreeScopes([...catalogue.freeScopes, name]);
  return { status: 201, body: { name, displayName, bindings: [] } };
};

export const deleteScope: Handler = ({ catalogue, id }) => {
  if (!catalogue.freeScopes.includes(id)) return scopeRefusal(404, "41003", `Scope ${id} is not found.`);
  catalogue.setFreeScopes(catalogue.freeScopes.filter((one) => one !== id));
  return { status: 204 };
};

const scopeRefusal = (status: number, code: string, description: string): ManagementAnswer =>
  refusal(status, code, status === 409 ? "Conflict" : "Not Found", description);
