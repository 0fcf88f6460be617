import { randomUUID } from "node:crypto";

/** What the management API answers. */
export interface ManagementAnswer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: object): ManagementAnswer => ({ status: 200, body });

/** An error in the shape of WSO2's REST APIs (SRC): code, message, description, traceId. */
export const refusal = (status: number, code: string, message: string, description: string): ManagementAnswer => ({
  status,
  body: { code, message, description, traceId: randomUUID() },
});

/** A body that is not JSON, or not what the call takes (DOC: WSO2's catalogue of error codes). */
export const invalidBody = (problem: string): ManagementAnswer =>
  refusal(
    400,
    "UE-10000",
    "Invalid Request",
    `Provided request body content is not in the expected format. ${problem}`,
  );

/** Our own limit: WSO2 has none so low. */
export const tooMany = (what: string): ManagementAnswer =>
  refusal(400, "UE-10000", "Invalid Request", `The embedded issuer keeps no more ${what}.`);

/** An error in the shape of dynamic client registration (SRC). */
export const dcrRefusal = (
  error: "invalid_client_metadata" | "invalid_redirect_uri",
  description: string,
): ManagementAnswer => ({ status: 400, body: { error, error_description: description } });
