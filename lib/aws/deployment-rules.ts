import type { Confidence } from "./confidence.ts";

// What AWS refuses at a deployment, or does with what was deployed to everybody's surprise: one row each, with the fact of
// docs/conformance.md behind it. `gatehouse check` and the start of `gatehouse local` say it of any assembly; the schema of
// cdk.json and the constructs ask the same questions before there is one.

export interface DeploymentRule {
  /** `fail`: the deployment fails, or what is deployed does not work. `warn`: it works, and not as one expects. */
  readonly level: "fail" | "warn";
  readonly what: string;
  readonly expected: string | null;
  readonly fix: string;
  readonly fact: string | null;
  readonly confidence: Confidence | null;
}

export const DEPLOYMENT_RULES = {
  "body-redundant": {
    level: "fail",
    what: "AWS refuses these properties beside Body: redundant fields",
    expected: "Body, and none of what its document says itself",
    fix: "take them away and say the same in the document: info.title, x-amazon-apigateway-cors",
    fact: "9.1",
    confidence: "OBS1",
  },
  "variable-conflict": {
    level: "fail",
    what: "AWS refuses a path variable that has another name in another route at the same place: 409, conflicting variable on the same hierarchical level",
    expected: "one name for the variable at one place",
    fix: "give the variable one name in all routes; to rename it on a deployed API, deploy without these routes first",
    fact: "9.2",
    confidence: "OBS+",
  },
  "variable-twice": {
    level: "fail",
    what: "a path names one variable twice: what AWS does is not known, and one of the two values would be lost",
    expected: "another name for each variable of a path",
    fix: "rename one of them",
    fact: "9.3",
    confidence: "UNK",
  },
  "colon-path": {
    level: "warn",
    what: "a segment that begins with a colon is a fixed text for API Gateway, not a variable",
    expected: "{id}, not :id",
    fix: "write the variable in braces",
    fact: "6.2",
    confidence: "INF",
  },
  "route-key": {
    level: "fail",
    what: "AWS refuses the route key",
    expected: "METHOD /path without a slash at its end, a greedy variable at the end only; or $default",
    fix: "correct the route key",
    fact: "6.5",
    confidence: "OBS1",
  },
  "route-twice": {
    level: "fail",
    what: "AWS refuses a second route with the same key: 409, already exists for this API",
    expected: "each route key once",
    fix: "take all but one of them away",
    fact: "9.4",
    confidence: "OBS1",
  },
  "too-many": {
    level: "fail",
    what: "it is more than API Gateway's quota",
    expected: null,
    fix: "have fewer, or have AWS raise the quota where it can be raised",
    fact: "7",
    confidence: "DOC",
  },
  "authorizer-twice": {
    level: "fail",
    what: "AWS refuses a second authorizer of the same name: Authorizer name must be unique",
    expected: "another name for each authorizer of an API",
    fix: "rename one of them",
    fact: "9.5",
    confidence: "OBS1",
  },
  "audience-missing": {
    level: "fail",
    what: "a JWT authorizer has no audience: AWS's guide asks for one, and what a deployment does without is not known",
    expected: "at least one audience",
    fix: "give JwtConfiguration.Audience the client ids that may call; until then every token is refused here",
    fact: "3.10",
    confidence: "UNK",
  },
  "issuer-missing": {
    level: "fail",
    what: "AWS makes no JWT authorizer without an issuer; an import leaves it out, and its routes with it",
    expected: "an issuer, exactly as the tokens' iss",
    fix: "write the issuer into JwtConfiguration.Issuer; in a document into x-amazon-apigateway-authorizer.jwtConfiguration.issuer, since openIdConnectUrl is not read",
    fact: "4.14",
    confidence: "OBS1",
  },
  "import-lenient": {
    level: "warn",
    what: "where AWS cannot make a JWT authorizer of the document, such as with an issuer that is down, it leaves its routes out and reports success",
    expected: "FailOnWarnings: true",
    fix: "set FailOnWarnings, so that such a deployment fails",
    fact: "9.11",
    confidence: "OBS+",
  },
  "scheme-undefined": {
    level: "fail",
    what: "the document asks for a security scheme that it does not define: what AWS does is not known",
    expected: "a scheme of components.securitySchemes, or NONE for an open route",
    fix: "define the scheme with x-amazon-apigateway-authorizer, or write security: [{ NONE: [] }]",
    fact: "9.10",
    confidence: "UNK",
  },
  "cache-without-source": {
    level: "fail",
    what: "AWS refuses a Lambda authorizer that keeps its answers and has no identity source: Identity source must be set if authorizer caching is enabled",
    expected: "an identity source, or AuthorizerResultTtlInSeconds 0",
    fix: "name what its answers depend on in IdentitySource",
    fact: "4.14",
    confidence: "OBS1",
  },
  "scopes-without-jwt": {
    level: "fail",
    what: "AWS refuses scopes on a route without a JWT authorizer: Invalid Route authorization type specified",
    expected: "AuthorizationScopes on routes of a JWT authorizer only",
    fix: "give the route the JWT authorizer, or check the scopes in the Lambda authorizer",
    fact: "3.27",
    confidence: "OBS1",
  },
  "mapping-invalid": {
    level: "fail",
    what: "AWS refuses the parameter mapping: Invalid mapping expression specified",
    expected:
      "append:, overwrite: or remove: of a header, a query parameter or the path, and a value that the guide lists",
    fix: "correct the mapping; a claim is $context.authorizer.claims.NAME",
    fact: "9.12",
    confidence: "OBS1",
  },
  "permission-missing": {
    level: "fail",
    what: "API Gateway may not call the function: every request answers 500",
    expected: "an AWS::Lambda::Permission for apigateway.amazonaws.com whose SourceArn fits",
    fix: "add the permission; where it is made elsewhere, run 'gatehouse local --assume-permissions'",
    fact: "6.29",
    confidence: "OBS+",
  },
  "permission-unsure": {
    level: "warn",
    what: "whether API Gateway may call the function is known at the deployment only",
    expected: null,
    fix: "compare the two once it is deployed; it is called here",
    fact: "6.30",
    confidence: "OBS+",
  },
  "preflight-caught": {
    level: "warn",
    what: "the route takes a browser's preflight too, and its authorizer refuses it, whatever CorsConfiguration says",
    expected: "an OPTIONS route without an authorizer",
    fix: "add a route OPTIONS on the same path without an authorizer and with an integration, or give the route its methods",
    fact: "C5",
    confidence: "OBS+",
  },
  "origin-form": {
    level: "fail",
    what: "AWS refuses an origin that does not begin with http:// or https://: Invalid format for origin",
    expected: "https://app.example.com, https://* or *",
    fix: "write the origin as a browser sends it: scheme, host and port, no path",
    fact: "9.7",
    confidence: "OBS+",
  },
  "credentials-any-origin": {
    level: "fail",
    what: "AWS refuses credentials from every origin: allow-credentials is not supported if allow-origin is *",
    expected: "a list of origins",
    fix: "list the origins, or take AllowCredentials away",
    fact: "9.6",
    confidence: "OBS1",
  },
  "tag-reserved": {
    level: "fail",
    what: "AWS refuses tags whose names begin with aws:",
    expected: "another name",
    fix: "rename the tag",
    fact: "9.8",
    confidence: "DOC",
  },
  "tag-case": {
    level: "fail",
    what: "IAM refuses tags whose names differ in case only: Duplicate tag keys found",
    expected: "names that differ in more than case",
    fix: "take one of them away",
    fact: "9.9",
    confidence: "OBS+",
  },
  "parameter-default": {
    level: "fail",
    what: "CloudFormation refuses a default that the parameter's own constraints leave out",
    expected: null,
    fix: "correct the default, or what AllowedValues and AllowedPattern take",
    fact: "9.13",
    confidence: "DOC",
  },
  "parameter-undefined": {
    level: "fail",
    what: "CloudFormation refuses a parameter that the nested template does not define",
    expected: null,
    fix: "define the parameter in the nested template, or do not pass it",
    fact: "9.13",
    confidence: "DOC",
  },
} as const satisfies Readonly<Record<string, DeploymentRule>>;

export type DeploymentCode = keyof typeof DEPLOYMENT_RULES;
