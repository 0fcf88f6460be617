import { arnLike, arnParts, partitionOf } from "./arn.ts";
import type { ApiIdentity } from "./event.ts";
import { DEFAULT_ROUTE_KEY, parseRouteKey } from "./route-key.ts";

// Who may invoke a function: API Gateway calls it as the service apigateway.amazonaws.com and presents the ARN of what
// calls it; a statement of the function's policy has to let that ARN in (6.29, 6.30), or a role of the integration has to.

/** Why API Gateway may call a function, as far as a template says it. */
export type InvokePermission =
  | {
      readonly by: "policy";
      /** Statements that let API Gateway call this function, each from its own sources. */
      readonly statements: readonly InvokeStatement[];
      /** What keeps the other statements that name the function from counting, in words. */
      readonly misses: readonly string[];
    }
  /** The integration or the authorizer names a role, and the function's policy is not asked. */
  | { readonly by: "role"; readonly verdict: InvokeVerdict }
  /** A person said that all permissions are there, whatever the template says. */
  | { readonly by: "assumption"; readonly template?: InvokePermission };

/** An `AWS::Lambda::Permission` that fits function, principal, action and account. */
export interface InvokeStatement {
  /** Stack and logical id. */
  readonly name: string;
  /** The pattern of its SourceArn. Undefined: it asks for none. */
  readonly source: string | undefined;
  /** The pattern with `*` for each part that only a deployment knows. @default - all of it is known */
  readonly tolerantSource?: string;
  /** What else only a deployment knows of it, in words. @default - nothing */
  readonly unsure?: string;
}

export type InvokeVerdict =
  | { readonly kind: "allowed" }
  /** It depends on what only a deployment knows. The function is called here. */
  | { readonly kind: "unsure"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string; readonly cause: RefusalCause };

/** `permission`: nothing lets API Gateway call the function. `role`: the role does not let API Gateway take it. */
export type RefusalCause = "permission" | "role";

const ALLOWED: InvokeVerdict = { kind: "allowed" };

/**
 * Decides whether API Gateway may call a function.
 * @param arns what API Gateway may present as the source; where it is not known which of several, any one of them is enough
 */
export function invokeVerdict(permission: InvokePermission, arns: readonly string[]): InvokeVerdict {
  if (permission.by === "assumption") return ALLOWED;
  if (permission.by === "role") return permission.verdict;
  const { statements, misses } = permission;
  const fitting = statements.filter(({ source }) => source === undefined || fits(source, arns));
  if (fitting.some(({ unsure }) => unsure === undefined)) return ALLOWED;
  const [maybe = statements.find(({ tolerantSource: tolerant }) => tolerant !== undefined && fits(tolerant, arns))] =
    fitting;
  if (maybe)
    return {
      kind: "unsure",
      reason: `${maybe.name} lets it if, when deployed, ${maybe.unsure ?? `${maybe.source ?? ""} fits ${arns[0] ?? ""}`}`,
    };
  const others = statements.map(({ name, source }) => `${name} allows ${source ?? ""}`);
  const reasons = [...others, ...misses];
  const shown = reasons.length === 0 ? ["none names the function"] : reasons.slice(0, MOST_REASONS);
  const left = reasons.length - MOST_REASONS;
  return {
    kind: "refused",
    cause: "permission",
    reason: [
      `no AWS::Lambda::Permission lets API Gateway call it from ${arns[0] ?? ""}`,
      ...shown,
      ...(left > 0 ? [`and ${left} more do not fit`] : []),
    ].join("; "),
  };
}

const MOST_REASONS = 3;

const fits = (pattern: string, arns: readonly string[]) => arns.some((arn) => arnLike(pattern, arn));

/**
 * The ARNs that a route may present (6.30): `api/stage/METHOD/path`, the path as its key writes it, or `api/stage/$default`.
 * Whether a route of ANY presents `ANY` or the method of the request is not known (UNK), so both are given.
 */
export function routeSources(api: ApiIdentity, stage: string, routeKey: string, method: string): readonly string[] {
  const parsed = parseRouteKey(routeKey);
  if (!parsed) return [sourceArn(api, `${stage}/${DEFAULT_ROUTE_KEY}`)];
  const methods = parsed.method === "ANY" ? ["ANY", method] : [parsed.method];
  return [...new Set(methods)].map((one) => sourceArn(api, `${stage}/${one}${parsed.path}`));
}

/** The ARN that an authorizer presents (6.30). */
export const authorizerSources = (api: ApiIdentity, authorizerId: string): readonly string[] => [
  sourceArn(api, `authorizers/${authorizerId}`),
];

const sourceArn = ({ region, account, apiId }: ApiIdentity, path: string) =>
  `arn:${partitionOf(region)}:execute-api:${region}:${account}:${apiId}/${path}`;

const ANY_ARN = "*:*:*:*:*:*";

/** What a template can and cannot know of the ARNs that a deployment will present. */
export interface KnownOfSource {
  readonly isAccountKnown: boolean;
  readonly isRegionKnown: boolean;
  /** Ids that stand for what the assembly itself makes. Any other literal id may be that of an earlier deployment. */
  readonly apiIds: ReadonlySet<string>;
  readonly authorizerIds: ReadonlySet<string>;
}

/**
 * A SourceArn with `*` for what only a deployment knows: texts that stand for unresolved values, a literal account or region
 * where the stack names none, a literal id of an API or an authorizer.
 * @param open the unresolved texts in it
 */
export function tolerantSource(source: string, open: readonly string[], known: KnownOfSource): string {
  let text = source;
  for (const one of open) text = text.replaceAll(one, "*");
  const parts = [...arnParts(text)];
  if (parts.length !== 6) return text === source ? source : ANY_ARN;
  if (!known.isAccountKnown && /^\d{12}$/.test(parts[4] ?? "")) parts[4] = "*";
  if (!known.isRegionKnown) {
    if (/^[a-z-]+-\d$/.test(parts[3] ?? "")) parts[3] = "*";
    if (/^aws(-[a-z]+)?$/.test(parts[1] ?? "")) parts[1] = "*";
  }
  const [apiId = "", ...path] = (parts[5] ?? "").split("/");
  const isKnownApi = known.apiIds.has(apiId) || /[*?]/.test(apiId);
  const [first = "", authorizerId = ""] = path;
  if (first === "authorizers" && path.length === 2 && !/[*?]/.test(authorizerId))
    path[1] = known.authorizerIds.has(authorizerId) ? authorizerId : "*";
  parts[5] = [isKnownApi ? apiId : "*", ...path].join("/");
  return parts.join(":");
}
