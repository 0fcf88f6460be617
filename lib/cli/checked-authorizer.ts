import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Assembly, AuthorizationModel } from "../assembly/model.ts";
import type { Asker } from "../doctor/asker.ts";
import { Mistake } from "../findings/mistake.ts";

/** An authorizer as `doctor` checks it. */
export interface CheckedAuthorizer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly asker: Asker;
  /** Those that its routes ask for. */
  readonly scopes: readonly string[];
}

/**
 * The authorizer of an assembly: its JWT authorizer, or this project's Lambda authorizer.
 * @param directory of the assembly, for messages
 * @throws Mistake `authorizer-missing`, `issuer-ambiguous`
 */
export function authorizerIn({ apis }: Assembly, directory: string): CheckedAuthorizer {
  const found = new Map<string, CheckedAuthorizer>();
  for (const { authorization } of apis.flatMap(({ routes }) => routes)) {
    const one = checked(authorization);
    if (!one) continue;
    const key = JSON.stringify([one.issuer, one.audience, one.asker.kind]);
    found.set(key, { ...one, scopes: [...new Set([...(found.get(key)?.scopes ?? []), ...one.scopes])] });
  }
  const [first, ...others] = found.values();
  if (!first)
    throw new Mistake("authorizer-missing", {
      what: "no route has a JWT authorizer whose issuer is known",
      got: directory,
      expected: "an API with a JWT authorizer, or with Gatehouse's Lambda authorizer",
      fix: "give --issuer ISSUER --audience CLIENT_ID",
    });
  if (others.length === 0) return first;
  throw new Mistake("issuer-ambiguous", {
    what: "the template has several authorizers",
    got: [first, ...others].map(({ issuer, audience }) => `${issuer} for ${audience.join(", ")}`).join("\n"),
    expected: "one of them",
    fix: `--issuer ${first.issuer} --audience ${first.audience.join(",")}`,
  });
}

function checked(authorization: AuthorizationModel): CheckedAuthorizer | undefined {
  if (authorization.kind === "jwt") {
    const { issuer, audience, standsFor } = authorization.authorizer;
    return standsFor === undefined
      ? { issuer, audience, asker: { kind: "api-gateway" }, scopes: authorization.scopes }
      : undefined;
  }
  if (authorization.kind !== "request" || !authorization.authorizer.mirror) return undefined;
  const { mirror, function: model } = authorization.authorizer;
  const { CA_BUNDLE: bundle } = model.environment;
  const ca =
    bundle === undefined || !("directory" in model.code)
      ? undefined
      : readFileSync(join(model.code.directory, bundle), "utf8");
  return {
    issuer: mirror.issuer,
    audience: mirror.audience,
    asker: { kind: "mirror", inVpc: model.inVpc === true, ca },
    scopes: mirror.scopes,
  };
}
