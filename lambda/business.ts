import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { type AuthorizerContext, type Caller, callerOf } from "./caller.ts";

// The article's simple Lambda function, made useful: it answers who called, and serves a small list of orders. It trusts
// what the authorizer verified and reads no token itself.

/** What the function reads of an HTTP API event, payload format 2.0. */
export interface BusinessEvent {
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: { readonly requestId: string; readonly authorizer?: AuthorizerContext };
}

export interface BusinessAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

// Under the function's name, so that the environments of one account stay apart.
const serviceName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? "business";
/** Lines that a person looks for, by the id that is in the access log too. Never a claim, a token or a body. */
const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace: "Gatehouse/Business", serviceName });

type Route = (event: BusinessEvent, caller: Caller | undefined) => BusinessAnswer;

const ORDERS = [
  { id: "1", item: "tea", quantity: 2 },
  { id: "2", item: "cups", quantity: 6 },
];

const ROUTES: Readonly<Record<string, Route>> = {
  "GET /health": () => json(200, { status: "up" }),
  "GET /me": (event, caller) => json(200, { caller, claims: event.requestContext.authorizer?.jwt?.claims ?? null }),
  "GET /orders": (_, caller) => json(200, { orders: ORDERS, caller }),
  "GET /orders/{id}": ({ pathParameters }) => {
    const order = ORDERS.find(({ id }) => id === pathParameters?.id);
    return order ? json(200, order) : problem(404, "There is no such order");
  },
  "POST /orders": (event, caller) => {
    const order = readOrder(event);
    const { requestId } = event.requestContext;
    if (order === undefined) {
      logger.warn("an order was not understood", { requestId });
      return problem(400, 'An order is {"item": "tea", "quantity": 1}');
    }
    logger.info("an order was taken", { requestId });
    metrics.addMetric("OrdersTaken", MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
    return json(201, { ...order, orderedBy: caller?.subject });
  },
};

export const handler = async (event: BusinessEvent): Promise<BusinessAnswer> => {
  const route = Object.hasOwn(ROUTES, event.routeKey) ? ROUTES[event.routeKey] : undefined;
  if (!route) {
    logger.error("a route leads here that this function does not answer", { routeKey: event.routeKey });
    return problem(404, `This function does not answer ${event.routeKey}`);
  }
  return route(event, callerOf(event.requestContext.authorizer));
};

const json = (statusCode: number, value: unknown): BusinessAnswer => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** RFC 9457. */
const problem = (statusCode: number, title: string): BusinessAnswer => ({
  statusCode,
  headers: { "content-type": "application/problem+json" },
  body: JSON.stringify({ type: "about:blank", title, status: statusCode }),
});

function readOrder({ body = "", isBase64Encoded }: BusinessEvent): { item: string; quantity: number } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { item, quantity } = value as { item?: unknown; quantity?: unknown };
  return typeof item === "string" && Number.isInteger(quantity) ? { item, quantity: quantity as number } : undefined;
}
