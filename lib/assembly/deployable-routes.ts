import { DEPLOYMENT_RULES, type DeploymentCode } from "../aws/deployment-rules.ts";
import { type RouteProblem, routeProblems } from "../aws/route-key.ts";
import { type AssemblyNotes, deploymentFinding } from "./deployment-finding.ts";
import { doubtfulCalls, doubtText } from "./doubtful-calls.ts";
import type { DeploymentFinding, DoubtfulCall, HttpApiModel, RouteModel, UnservedPart } from "./model.ts";
import { asUnserved } from "./unserved.ts";

/** Found once at the authorizer, whatever routes it guards. */
const OF_THE_AUTHORIZER: ReadonlySet<DeploymentCode> = new Set(["issuer-missing", "cache-without-source"]);

/**
 * The routes of an API beside each other: what AWS would not make answers 500, and each says whether API Gateway may call
 * its functions. Notes what was found.
 */
export function deployableRoutes(
  routes: readonly RouteModel[],
  api: Pick<HttpApiModel, "apiId" | "account" | "region" | "stages">,
  notes: AssemblyNotes,
): readonly RouteModel[] {
  const problems = routeProblems(routes.map(({ key }) => key));
  return routes.map((route, index) => {
    const own = problems.filter((one) => one.index === index);
    notes.findings.push(...own.map(({ code, got }) => deploymentFinding(code, route.key, got)));
    noteParts(route, notes);
    const made = refused(route, own);
    const doubts = doubtfulCalls(api, made);
    notes.findings.push(...doubts.map((doubt) => doubtFinding(route, doubt)));
    return doubts.length === 0 ? made : { ...made, doubtfulCalls: doubts };
  });
}

function refused(route: RouteModel, problems: readonly RouteProblem[]): RouteModel {
  const worst = problems.find(({ code }) => DEPLOYMENT_RULES[code].level === "fail");
  if (!worst) return route;
  const { code, got } = worst;
  return {
    ...route,
    integration: { kind: "unserved", reason: `${DEPLOYMENT_RULES[code].what}: ${got}`, refusal: code },
  };
}

function noteParts({ key, authorization, integration }: RouteModel, notes: AssemblyNotes) {
  for (const part of [authorization, integration]) {
    if (part.kind !== "unserved") continue;
    if (part.refusal === undefined) notes.unserved.push(unservedRoute(key, part));
    else if (!OF_THE_AUTHORIZER.has(part.refusal))
      notes.findings.push(deploymentFinding(part.refusal, key, part.reason));
  }
}

const unservedRoute = (key: string, { reason, advice }: UnservedPart) =>
  asUnserved(key, "route", {
    what: reason,
    fix: [advice ?? [], "its requests answer 500 and the log says why, the other routes work"].flat().join("; "),
  });

function doubtFinding({ key }: RouteModel, doubt: DoubtfulCall): DeploymentFinding {
  const code = doubt.verdict.kind === "refused" ? "permission-missing" : "permission-unsure";
  const source = doubt.caller === "authorizer" ? ({ fact: "8.11", confidence: "DOC" } as const) : {};
  return deploymentFinding(code, key, doubtText(doubt), source);
}
