import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { type FunctionHost, functionHostOf } from "../../lib/functions/function-host.ts";
import { type Session, type SessionOptions, startSession } from "../../lib/session/session.ts";
import { synthesised } from "./synthesised.ts";

/** The template of an environment on this machine, on free ports, with the embedded issuer. */
export function sessionOf(
  environment: string,
  context: Parameters<typeof synthesised>[1] = {},
  { onLog, ...heard }: Pick<SessionOptions, "onRequest"> & { readonly onLog?: FunctionHost["onLog"] } = {},
): Promise<Session> {
  const { apis } = readAssembly(synthesised(environment, context).assembly.directory);
  const functionHost = functionHostOf({ nowMs: Date.now, ...(onLog ? { onLog } : {}) });
  return startSession({ apis, port: 0, issuerPort: 0, realIssuer: false, functionHost, ...heard });
}
