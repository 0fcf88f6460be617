import type { DeploymentCode } from "../aws/deployment-rules.ts";
import type { InvokePermission, InvokeVerdict } from "../aws/invoke-permission.ts";
import type { Finding } from "../findings/finding.ts";

/** What an assembly holds that a gateway can serve, and what it holds besides. */
export interface Assembly {
  readonly directory: string;
  readonly apis: readonly HttpApiModel[];
  readonly unserved: readonly Unserved[];
  /** Values that only a deployment knows, in what is served. */
  readonly placeholders: readonly Placeholder[];
  /** What AWS refuses at a deployment, or does with it to everybody's surprise. */
  readonly findings: readonly DeploymentFinding[];
}

/** Something that is deployed and not served here, by name. */
export interface Unserved extends Finding<"not-served"> {
  /** Stack and logical id. */
  readonly name: string;
  readonly type: string;
}

/** A value that only a deployment knows, and what stands for it here. */
export interface Placeholder extends Finding<"placeholder"> {
  /** Where it is: stack and logical id, and the property or the variable. */
  readonly name: string;
}

/** What AWS refuses at a deployment, or does with it to everybody's surprise. */
export interface DeploymentFinding extends Finding<DeploymentCode> {
  /** What it is found at: a route key, or stack and logical id. */
  readonly name: string;
}

export interface HttpApiModel {
  readonly stack: string;
  readonly logicalId: string;
  readonly name: string;
  /** As in the execute-api host name; made up here, stable from run to run. */
  readonly apiId: string;
  readonly account: string;
  readonly region: string;
  readonly cors: CorsModel | undefined;
  readonly stages: readonly StageModel[];
  readonly routes: readonly RouteModel[];
  /** Its custom domains. @default - none */
  readonly domains?: readonly DomainModel[];
}

/** A custom domain, as far as it leads to one API. */
export interface DomainModel {
  /** Such as `api.example.com`, in lower case. */
  readonly name: string;
  readonly mappings: readonly { readonly key: string; readonly stage: string }[];
}

export interface CorsModel {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number | undefined;
}

export interface Throttle {
  /** Requests a second. */
  readonly rate: number;
  /** Requests at once. */
  readonly burst: number;
}

export interface StageModel {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The template's own access-log format, with `$context` variables. */
  readonly accessLogFormat: string | undefined;
  readonly throttle: Throttle | undefined;
  /** By route key. */
  readonly routeThrottles: Readonly<Record<string, Throttle>>;
}

export interface RouteModel {
  /** `GET /orders/{id}` or `$default`. */
  readonly key: string;
  readonly logicalId: string;
  readonly authorization: AuthorizationModel;
  readonly integration: IntegrationModel;
  /** Calls of its functions that AWS would not let API Gateway make, or perhaps not. @default - none */
  readonly doubtfulCalls?: readonly DoubtfulCall[];
}

/** A function of a route that API Gateway may not call, or of which only a deployment can say. */
export interface DoubtfulCall {
  readonly caller: "integration" | "authorizer";
  readonly functionName: string;
  readonly verdict: Exclude<InvokeVerdict, { kind: "allowed" }>;
  /** Whether the call is made here all the same: a person said that the permission is there. */
  readonly isAssumed: boolean;
  /** The stages concerned; undefined for all of the API's. */
  readonly stages: readonly string[] | undefined;
  /** The methods concerned, of a route of ANY; undefined for all of the route's. */
  readonly methods: readonly string[] | undefined;
}

export type AuthorizationModel =
  | { readonly kind: "none" }
  | { readonly kind: "jwt"; readonly authorizer: JwtAuthorizerModel; readonly scopes: readonly string[] }
  | { readonly kind: "request"; readonly authorizer: RequestAuthorizerModel }
  | UnservedPart;

export interface JwtAuthorizerModel {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  /** What the template says in the issuer's place, where only a deployment knows the issuer. @default - the issuer */
  readonly standsFor?: string;
  readonly audience: readonly string[];
  readonly identitySource: readonly string[];
}

export interface RequestAuthorizerModel {
  readonly id: string;
  readonly name: string;
  readonly function: FunctionModel;
  readonly payloadFormat: "1.0" | "2.0";
  readonly simpleResponses: boolean;
  readonly identitySource: readonly string[];
  readonly cacheSeconds: number;
  /** Whether API Gateway may call the function. */
  readonly permission: InvokePermission;
  /** Where the function is this project's mirror: what it takes of a token, as its variables say. */
  readonly mirror: MirrorModel | undefined;
}

export interface MirrorModel {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The scopes that all of its routes ask for. */
  readonly scopes: readonly string[];
  /** Those of each route, by its key, `[]` for none; a route that is not listed is refused. */
  readonly routeScopes: Readonly<Record<string, readonly string[]>>;
}

export type IntegrationModel =
  | {
      readonly kind: "lambda";
      readonly function: FunctionModel;
      /** Whether API Gateway may call the function, from which stage and route. */
      readonly permission: InvokePermission;
      readonly payloadFormat: "1.0" | "2.0";
      readonly timeoutMs: number;
      /** @default - none */
      readonly mappings?: Mappings;
    }
  | {
      readonly kind: "http";
      readonly method: string;
      /** With `{path variables}` and `${stageVariables.name}`. */
      readonly uri: string;
      readonly timeoutMs: number;
      /** @default - none */
      readonly mappings?: Mappings;
    }
  | UnservedPart;

/** What keeps a route from being served: every request to it answers 500, and the log says why. */
export interface UnservedPart {
  readonly kind: "unserved";
  readonly reason: string;
  /** What a person can do. @default - nothing in particular */
  readonly advice?: string;
  /** What AWS refuses of it at a deployment. @default - nothing: it cannot run here */
  readonly refusal?: DeploymentCode;
  /** The function that it would call, which cannot run here. @default - none */
  readonly call?: FunctionCall;
}

/** A function, and whether API Gateway may call it. */
export interface FunctionCall {
  readonly permission: InvokePermission;
  readonly function: Pick<FunctionModel, "name">;
}

/** Parameter mappings of an integration (DG:http-api-parameter-mapping). */
export interface Mappings {
  readonly request: readonly ParameterMapping[];
  /** By the status that the integration answered. */
  readonly response: ReadonlyMap<number, readonly ParameterMapping[]>;
}

/** `append:header.x`, and what it is mapped from. */
export interface ParameterMapping {
  readonly action: "append" | "overwrite" | "remove";
  readonly place: "header" | "querystring" | "path" | "statuscode";
  /** Of the header or the query parameter; empty for a path and a status code. */
  readonly name: string;
  /** `$request.header.x`, `${request.path.a}-${context.stage}`, or a text as it stands. */
  readonly value: string;
}

export interface FunctionModel {
  readonly name: string;
  readonly logicalId: string;
  readonly arn: string;
  readonly region: string;
  /** A folder, or a file of inline code; or where Lambda's Invoke API runs a function that does not run here. */
  readonly code: { readonly directory: string } | { readonly inline: string } | { readonly invokeUrl: string };
  /** Empty where it is not known. */
  readonly handler: string;
  /** Such as `nodejs24.x`; empty where it is not known. */
  readonly runtime: string;
  /** Folders of its layers, in the order in which Lambda merges them into /opt. @default - none */
  readonly layers?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reservedConcurrency: number | undefined;
  readonly logGroup: string;
  /** Whether it stands in a VPC. @default false */
  readonly inVpc?: boolean;
  /** Names another state of the code in the same place: a function that has another one gets new environments. @default - none */
  readonly revision?: string;
}

/** A function whose code runs here, not behind an Invoke API. */
export type LocalFunction = FunctionModel & {
  readonly code: { readonly directory: string } | { readonly inline: string };
};
