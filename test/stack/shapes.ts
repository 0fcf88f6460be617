/** The routes of each shape that names no others. */
export const ROUTES = [
  { method: "GET", path: "/health", public: true },
  { method: "GET", path: "/me" },
  { method: "GET", path: "/orders/{id}", scopes: ["orders:read"] },
];
const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d";
const DOMAIN = { name: "api.example.com", certificateArn: CERTIFICATE, hostedZoneId: "Z0123456789ABC" };
const VPC = {
  vpcId: "vpc-0123456789abcdef0",
  subnetIds: ["subnet-0123456789abcdef0"],
  availabilityZones: ["eu-central-1a"],
  securityGroupIds: ["sg-0123456789abcdef0"],
};

/** Every shape that an environment can have, one change away from the first. */
export const SHAPES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  native: {},
  lambda: { authorizer: "lambda" },
  "lambda, kept answers": { authorizer: "lambda", resultCacheSeconds: 60 },
  "lambda, provisioned": { authorizer: "lambda", provisionedConcurrency: 2 },
  "lambda in a VPC": { authorizer: "lambda", vpc: VPC },
  "alarms and watch": { alarms: { email: "on-call@example.com" }, issuerWatch: {} },
  "alarms to a topic": { alarms: { topicArn: "arn:aws:sns:eu-central-1:123456789012:on-call" } },
  "a domain": { domain: DOMAIN },
  "a domain with a mapping key": { domain: { ...DOMAIN, mappingKey: "orders" } },
  "kept logs": { retainLogs: true },
  "other routes first": { routes: ROUTES.toReversed() },
  "a route less": { routes: ROUTES.slice(1) },
  "another audience": { audience: ["anotherApplication01"] },
  "another issuer": { issuer: "https://other.example.com/oauth2/token" },
  "no CORS": { cors: undefined },
};
