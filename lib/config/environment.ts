import { z } from "zod";
import { isCorsOrigin } from "../aws/cors-origin.ts";
import {
  LONGEST_AUTHORIZER_CACHE_SECONDS,
  LONGEST_INTEGRATION_MS,
  LONGEST_SCOPE,
  MOST_AUDIENCES,
  MOST_ROUTES,
  MOST_SCOPES,
  MOST_TAGS,
} from "../aws/limits.ts";
import { formatRouteKey, type RouteProblem, routeProblems } from "../aws/route-key.ts";
import { type TagProblem, tagProblems } from "../aws/tags.ts";
import { alarms, issuerWatch } from "./alarms.ts";
import { endsInSlash, IDENTITY_SOURCE, issuerFault, RETENTIONS_IN_DAYS, SCOPE } from "./forms.ts";
import { ownDomain, ownNetwork, regional, regionName, regionProblems } from "./placement.ts";

// The schema of an environment, as it stands in cdk.json under context.environments. Every field has a description,
// from which the JSON Schema for editors is made.

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"] as const;

/** Of those that a stage takes, one is `environment`. */
const MOST_OWN_TAGS = MOST_TAGS - 1;

const issuer = z
  .string()
  .superRefine((value, context) => {
    const problem = issuerProblem(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  })
  .meta({
    description: "The issuer, exactly as the tokens' iss: WSO2's …/oauth2/token",
    format: "uri",
    pattern: "^https://[^?#]*[^/?#]$",
  });

const route = z
  .strictObject({
    method: z.enum(METHODS).describe("The HTTP method, or ANY"),
    path: z
      .string()
      .superRefine((value, context) => {
        const problem = pathProblem(value);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
      })
      .meta({ description: "Such as /orders/{id}; {proxy+} at its end takes the rest", pattern: "^/(.*[^/])?$" }),
    scopes: z
      .array(scopeName())
      .check(atMost(MOST_SCOPES, "scopes a route"))
      .default([])
      .meta({ description: "A token needs one of these; none: any good token", maxItems: MOST_SCOPES }),
    public: z.boolean().default(false).describe("true: no token is asked for"),
  })
  .refine(({ scopes, public: isPublic }) => !isPublic || scopes.length === 0, {
    message: "a public route asks for no scopes: take away public or scopes",
    path: ["scopes"],
  });

const cors = z
  .strictObject({
    allowOrigins: z
      .array(
        z
          .string()
          .refine(isCorsOrigin, "an origin as browsers send it, such as https://app.example.com, or *")
          .meta({ pattern: "^(\\*|https?://[^/?#\\s@]+)$" }),
      )
      .min(1)
      .describe("Such as https://app.example.com, or *"),
    allowMethods: z
      .array(z.enum([...METHODS.filter((method) => method !== "ANY"), "*"]))
      .default(["GET"])
      .describe("What a browser may ask for from there"),
    allowHeaders: z
      .array(z.string().min(1))
      .default(["authorization", "content-type"])
      .describe("What a browser may send from there"),
    exposeHeaders: z.array(z.string().min(1)).default([]).describe("What a page may read of an answer"),
    allowCredentials: z.boolean().default(false).describe("Cookies and the like, from listed origins only"),
    maxAgeSeconds: z.int().min(0).max(86_400).default(300).describe("How long a browser keeps the answer"),
  })
  .refine(({ allowOrigins, allowCredentials }) => !(allowCredentials && allowOrigins.includes("*")), {
    message: "no browser takes credentials from every origin: list the origins",
    path: ["allowOrigins"],
  });

/** What the table of lib/aws/deployment-rules.ts says, in the words of this file. */
const ROUTE_PROBLEMS: Readonly<Record<RouteProblem["code"], (got: string) => string>> = {
  "route-twice": () => "the route is listed twice",
  "variable-conflict": (got) => `one name for a variable at one place (AWS answers 409): ${got}`,
  "variable-twice": (got) => `another name for each variable of a path: ${got}`,
  "colon-path": (got) => `a variable in braces, {id}: ${got}`,
};

const TAG_PROBLEMS: Readonly<Record<TagProblem["code"], (got: string) => string>> = {
  "tag-reserved": (got) => `a name that does not begin with aws:, which is AWS's own: ${got}`,
  "tag-case": (got) => `names that differ in more than case, which IAM does not know: ${got}`,
};

const throttle = z.strictObject({
  rateLimit: z.number().positive().describe("Requests a second, on average"),
  burstLimit: z.int().positive().describe("Requests at once"),
});

/** What a function may not set: Lambda's own (Lambda developer guide, "Reserved environment variables", DOC). */
const RESERVED_VARIABLE =
  /^(AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|AWS_LAMBDA_(FUNCTION_.*|INITIALIZATION_TYPE|LOG_.*|RUNTIME_API)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

const business = z.strictObject({
  memoryMb: z.int().min(128).max(10_240).optional().describe("MB; the processor grows with it. Without it, 256"),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(LONGEST_INTEGRATION_MS / 1_000)
    .optional()
    .describe("API Gateway waits no longer than 30 seconds. Without it, 10"),
  variables: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_]+$/, "a letter, then letters, digits and _")
        .refine((name) => !RESERVED_VARIABLE.test(name), "a name that Lambda does not keep for itself"),
      z.string(),
    )
    .default({})
    .describe("Its environment variables: no secrets, since a template is read by many"),
});

export const environmentSchema = z
  .strictObject({
    issuer,
    audience: z
      .array(z.string().min(1, "an audience is not empty"))
      .min(1, "at least one audience: WSO2's is the application's client id")
      .check(atMost(MOST_AUDIENCES, "audiences an authorizer"))
      .refine((all) => new Set(all).size === all.length, "an audience is listed twice")
      .meta({
        description: "What aud must hold one of: with WSO2 the client ids of the applications",
        maxItems: MOST_AUDIENCES,
        uniqueItems: true,
      }),
    identitySource: z
      .string()
      .regex(IDENTITY_SOURCE, "$request.header.NAME or $request.querystring.NAME")
      .default("$request.header.Authorization")
      .describe("Where a request carries its token"),
    routes: z
      .array(route)
      .min(1, "at least one route")
      .check(atMost(MOST_ROUTES, "routes an API"))
      .superRefine((routes, context) => {
        for (const { code, index, got } of routeProblems(routes.map(formatRouteKey)))
          context.addIssue({ code: "custom", message: ROUTE_PROBLEMS[code](got), path: [index] });
      })
      .meta({
        description: "What the API serves; a route asks for a token unless it says public",
        maxItems: MOST_ROUTES,
        uniqueItems: true,
      }),
    authorizer: z
      .enum(["native", "lambda"])
      .default("native")
      .describe(
        "native: API Gateway's JWT authorizer. lambda: the mirror, for an issuer that API Gateway cannot reach",
      ),
    cors: cors.optional().describe("Which pages of other origins may call; none without it"),
    throttle: throttle.default({ rateLimit: 100, burstLimit: 200 }).describe("Of the stage, all callers together"),
    logRetentionDays: z
      .int()
      .refine((days) => RETENTIONS_IN_DAYS.includes(days), `one of ${RETENTIONS_IN_DAYS.join(", ")}`)
      .default(30)
      .meta({ description: "Of every log group; CloudWatch knows these numbers only", enum: RETENTIONS_IN_DAYS }),
    logKeyArn: regional("kms").optional().describe("Encrypts the log groups; its policy must allow CloudWatch Logs"),
    business: business.default({ variables: {} }).describe("The function that answers the routes, lambda/business.ts"),
    stackName: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, "a letter, then letters, digits and hyphens, at most 128")
      .optional()
      .describe(
        "Of CloudFormation; without it, Gatehouse and the environment's name. Another name makes another stack",
      ),
    sourceMaps: z
      .boolean()
      .default(false)
      .describe("Deploy source maps with the functions: traces in the log name lines of TypeScript"),
    tracing: z.boolean().default(false).describe("Send the functions' traces to X-Ray"),
    alarms: alarms.optional().describe("Alarms and a dashboard; {} for both without anybody to tell"),
    issuerWatch: issuerWatch.optional().describe("A scheduled look at the issuer, with metrics and alarms of its own"),
    domain: ownDomain.optional().describe("A name of one's own; the execute-api address is turned off with it"),
    vpc: ownNetwork.optional().describe("Where the functions that ask the issuer run"),
    caBundle: z
      .string()
      .min(1)
      .optional()
      .describe("A PEM file with the authorities that the issuer's certificate needs"),
    resultCacheSeconds: z
      .int()
      .min(0)
      .max(LONGEST_AUTHORIZER_CACHE_SECONDS)
      .default(0)
      .describe(
        "How long an answer of the Lambda authorizer is kept: a token that expires or whose key is withdrawn passes until then",
      ),
    reservedConcurrency: z
      .int()
      .positive()
      .optional()
      .describe("How many of the Lambda authorizer may run at once: kept free for it, and no more than these"),
    provisionedConcurrency: z
      .int()
      .positive()
      .optional()
      .describe("How many of the Lambda authorizer stand ready, started: they cost by the hour, called or not"),
    account: z
      .string()
      .regex(/^\d{12}$/, "an account id of 12 digits")
      .optional()
      .describe("Where it is deployed; without it, the account of the credentials"),
    region: regionName()
      .optional()
      .describe("Without it, that of the ARNs in the environment, or where there are none of the credentials"),
    regions: z.array(regionName()).min(1).optional().describe("Several regions: a stack in each"),
    terminationProtection: z.boolean().default(false).describe("Whether the stack refuses to be deleted"),
    retainLogs: z.boolean().default(false).describe("Whether log groups outlive the stack"),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .superRefine((tags, context) => {
        // `environment` is added to them.
        for (const { code, got } of tagProblems(["environment", ...Object.keys(tags)]))
          context.addIssue({ code: "custom", message: TAG_PROBLEMS[code](got) });
      })
      .refine((tags) => Object.keys(tags).length <= MOST_OWN_TAGS, `at most ${MOST_OWN_TAGS} tags`)
      .default({})
      .describe("On everything that takes tags; environment is there already"),
  })
  .superRefine((environment, context) => {
    const { authorizer, caBundle, resultCacheSeconds, reservedConcurrency, provisionedConcurrency, vpc } = environment;
    const onlyLambda = {
      vpc,
      caBundle,
      resultCacheSeconds: resultCacheSeconds || undefined,
      reservedConcurrency,
      provisionedConcurrency,
    };
    for (const [field, value] of Object.entries(onlyLambda))
      if (authorizer === "native" && value !== undefined)
        context.addIssue({ code: "custom", message: 'is for "authorizer": "lambda" only', path: [field] });
    if (reservedConcurrency !== undefined && (provisionedConcurrency ?? 0) > reservedConcurrency)
      context.addIssue({
        code: "custom",
        message: `at most reservedConcurrency, ${reservedConcurrency}`,
        path: ["provisionedConcurrency"],
      });
    for (const problem of regionProblems(environment)) context.addIssue({ code: "custom", ...problem });
  });

/** One environment: what the stack of that name is made from, with its defaults filled in. */
export type Environment = z.infer<typeof environmentSchema>;

const issuerProblem = (text: string) =>
  issuerFault(text) ??
  (endsInSlash(text) ? "no trailing slash: WSO2 sends none, and iss is compared character by character" : undefined);

const SEGMENT = /^(\{[A-Za-z0-9._-]+\+?\}|[A-Za-z0-9._~!$&'()*+,;=:@%-]+)$/;

function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "a path that begins with /";
  if (path === "/") return undefined;
  if (path.endsWith("/")) return "no trailing slash: API Gateway refuses a route key that ends in one";
  const segments = path.slice(1).split("/");
  if (segments.some((segment) => !SEGMENT.test(segment))) return "segments such as orders, {id} or {proxy+}";
  if (segments.slice(0, -1).some((segment) => segment.endsWith("+}"))) return "a greedy variable at the end only";
  return undefined;
}

function scopeName() {
  return z
    .string()
    .regex(SCOPE, "a scope without spaces and quotes (RFC 6749 section 3.3)")
    .max(LONGEST_SCOPE, `a scope of at most ${LONGEST_SCOPE} characters`);
}

/** A quota of AWS, told with the count that was seen. */
function atMost(most: number, what: string) {
  return z.superRefine<readonly unknown[]>((list, context) => {
    if (list.length > most)
      context.addIssue({ code: "custom", message: `at most ${most} ${what}, not ${list.length}` });
  });
}
