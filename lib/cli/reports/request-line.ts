import { refusalFinding } from "../../findings/refusal.ts";
import { printable } from "../../findings/terminal-text.ts";
import { nearestRoute } from "../../gateway/nearest-route.ts";
import { preflightFault, preflightIn } from "../../gateway/preflight-fault.ts";
import type { RequestRecord } from "../../gateway/request-record.ts";
import type { Paint } from "../io.ts";

/**
 * One line a request: when, method, path, status and how long it took; for a refusal the rule, its cause and its fix, and
 * for any other answer of the gateway's own why it is that.
 */
export function requestLine(record: RequestRecord, paint: Paint): string {
  const { method, path, status, durationMs, decision, receivedAtMs } = record;
  const colour = status < 400 ? paint.green : status < 500 ? paint.yellow : paint.red;
  const time = paint.dim(timeOf(receivedAtMs));
  const head = `${time} ${printable(method)} ${printable(path)} ${colour(String(status))} ${durationMs.toFixed(1)} ms`;
  if (decision && !decision.allowed) {
    const { what, fix } = refusalFinding(decision);
    const isPreflight = preflightIn(method, record.requestHeaders) !== undefined;
    const advice = isPreflight ? PREFLIGHT_WITHOUT_TOKEN : (fix ?? "");
    return `${head}  ${paint.bold(decision.rule)}: ${printable(what)}\n    ${printable(advice)}`;
  }
  const why = record.localReason ?? record.integrationError ?? preflightWhy(record) ?? notFoundWhy(record);
  return why === undefined ? head : `${head}  ${printable(why)}`;
}

/** Of this machine's clock and zone: `10:42:07`. */
const timeOf = (ms: number) => new Date(ms).toTimeString().slice(0, 8);

/** C4: a preflight that a route takes is asked for a token, and browsers send none. */
const PREFLIGHT_WITHOUT_TOKEN =
  "a browser's preflight carries no token: give OPTIONS on this path a public route, or a method to the route instead of ANY";

function preflightWhy({ api, method, requestHeaders }: RequestRecord): string | undefined {
  const preflight = preflightIn(method, requestHeaders);
  if (preflight === undefined) return undefined;
  if (!api.cors) return "a browser's preflight, and the API has no CORS configuration";
  const fault = preflightFault(api.cors, preflight);
  return fault === undefined ? undefined : `the browser stops here: ${fault}`;
}

/** Only of API Gateway's own 404: a function's has a route. */
function notFoundWhy({ api, status, method, path, stage, routeKey }: RequestRecord): string | undefined {
  if (status !== 404 || routeKey !== undefined) return undefined;
  if (stage === undefined)
    return `no stage takes this path; there ${api.stages.length === 1 ? "is" : "are"} ${api.stages.map(({ name }) => `/${name}`).join(", ")}`;
  const routePath = stage === "$default" ? path : path.slice(stage.length + 1);
  const near = nearestRoute(
    method,
    routePath,
    api.routes.map(({ key }) => key),
  );
  return near === undefined ? "no route takes it" : `no route takes it; nearest is ${near.key}: ${near.why}`;
}
