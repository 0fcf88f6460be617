import { Annotations, Duration, Fn, Lazy, Stack, Token } from "aws-cdk-lib";
import type { HttpRouteAuthorizerBindOptions, HttpRouteAuthorizerConfig } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { Alias, type IFunction, type IVersion } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { CaBundle } from "../config/ca-bundle.ts";
import { IDENTITY_SOURCE } from "../config/forms.ts";
import { checkIssuer } from "./deployable.ts";
import { type FunctionSettings, NodeFunction } from "./node-function.ts";
import type { RouteGuard } from "./route-guard.ts";
import type { Network } from "./vpc-access.ts";

export interface MirrorAuthorizerProps extends FunctionSettings {
  /** Exactly as the tokens' `iss`. Its own host may be private: the function asks it, not API Gateway. */
  readonly issuer: string;
  /** At least one; a token's `aud` must hold one of them. */
  readonly audience: readonly string[];
  /** @default "$request.header.Authorization" */
  readonly identitySource?: string;
  /**
   * Another name than a native authorizer of the same API has: names are unique in an API, and on a change of mode
   * CloudFormation makes the new authorizer before it removes the old one. @default "wso2-lambda"
   */
  readonly authorizerName?: string;
  /** Where the issuer can be reached from. @default - outside any VPC */
  readonly network?: Network | undefined;
  /** The authorities that the issuer's certificate needs, these only. @default - those that come with Node */
  readonly caBundle?: CaBundle | undefined;
  /**
   * How long API Gateway keeps an answer. A token that expires, or whose key is withdrawn, passes until then. The route
   * joins the identity source, so that an answer for one route is never one for another. @default 0, nothing is kept
   */
  readonly resultCacheSeconds?: number;
  /** At most so many run at once; the rest of the account is safe from it, and it from the rest. @default - unreserved */
  readonly reservedConcurrency?: number | undefined;
  /**
   * So many stand ready, started and with nothing left to load; API Gateway then calls the alias `live`. A start costs the
   * caller a few hundred milliseconds at most, so this is for APIs that promise a p99. @default - none, started when called
   */
  readonly provisionedConcurrency?: number | undefined;
}

/** Two documents of 1,500 ms each and a start, within the 10 seconds that API Gateway gives (8.8, DOC). */
const TIMEOUT = Duration.seconds(5);
/** All variables of a function together. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_ENVIRONMENT_BYTES = 4_096;

/**
 * The mirror: a Lambda authorizer with the rules of the native JWT authorizer, for an issuer that API Gateway cannot reach
 * or does not trust. It checks the scopes itself, since API Gateway takes them on JWT authorizers only (3.27, OBS1).
 */
export class MirrorAuthorizer extends Construct implements RouteGuard {
  readonly authorizationType = "CUSTOM";
  readonly function: NodeFunction;
  readonly #authorizer: HttpLambdaAuthorizer;
  readonly #routeScopes = new Map<string, readonly string[]>();

  constructor(scope: Construct, id: string, props: MirrorAuthorizerProps) {
    super(scope, id);
    const { issuer, audience, authorizerName = "wso2-lambda", resultCacheSeconds = 0 } = props;
    const { reservedConcurrency, provisionedConcurrency } = props;
    checkIssuer(this, issuer);
    if (audience.length === 0) throw new Error("the authorizer needs at least one audience, got none");
    const source = props.identitySource ?? "$request.header.Authorization";
    if (!Token.isUnresolved(source) && !IDENTITY_SOURCE.test(source))
      throw new Error(`the identity source is $request.header.NAME or $request.querystring.NAME, got ${source}`);
    if (reservedConcurrency !== undefined && (provisionedConcurrency ?? 0) > reservedConcurrency)
      throw new Error(
        `provisionedConcurrency is at most reservedConcurrency, ${reservedConcurrency}, got ${provisionedConcurrency}`,
      );
    this.function = new NodeFunction(this, "Function", {
      entry: "lambda/authorizer.ts",
      description: `Checks tokens of ${issuer}`.slice(0, 256),
      caller: "api",
      timeout: TIMEOUT,
      environment: {
        ISSUER: issuer,
        AUDIENCE: Token.isUnresolved(audience) ? Fn.join(",", [...audience]) : audience.join(","),
        ROUTE_SCOPES: Lazy.string({ produce: () => Stack.of(this).toJsonString(this.#scopesByRoute()) }),
      },
      reservedConcurrentExecutions: reservedConcurrency,
      logs: props.logs,
      projectDirectory: props.projectDirectory,
      tracing: props.tracing,
      sourceMaps: props.sourceMaps,
      network: props.network,
      caBundle: props.caBundle,
    });
    this.#authorizer = new HttpLambdaAuthorizer("Mirror", this.#handler(provisionedConcurrency), {
      authorizerName,
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // The sources are the key of the cache, and an answer would be shared by all routes (8.9, DOC).
      identitySource: resultCacheSeconds > 0 ? [source, "$context.routeKey"] : [source],
      resultsCacheTtl: Duration.seconds(resultCacheSeconds),
    });
    if (resultCacheSeconds > 0)
      Annotations.of(this).addInfo(
        `Answers are kept for ${resultCacheSeconds} seconds: a token that expires or whose key is withdrawn passes until then`,
      );
    this.node.addValidation({ validate: () => this.#tooLarge() });
  }

  /** Makes a route known, and the scopes it needs. The function refuses every other route. */
  guard(routeKey: string, scopes: readonly string[]): void {
    this.#routeScopes.set(routeKey, scopes);
  }

  bind(options: HttpRouteAuthorizerBindOptions): HttpRouteAuthorizerConfig {
    return this.#authorizer.bind(options);
  }

  /** Lambda keeps versions ready, never what changes; API Gateway calls the alias, from version to version. */
  #handler(provisionedConcurrency: number | undefined): IFunction {
    const { function: func } = this.function;
    if (provisionedConcurrency === undefined) return func;
    // The casts: aws-cdk-lib's classes do not meet its own interfaces under exactOptionalPropertyTypes.
    return new Alias(this, "Live", {
      aliasName: "live",
      version: func.currentVersion as IVersion,
      provisionedConcurrentExecutions: provisionedConcurrency,
    }) as IFunction;
  }

  #scopesByRoute(): object {
    return Object.fromEntries(this.#routeScopes);
  }

  #tooLarge(): string[] {
    const bytes = Buffer.byteLength(JSON.stringify(this.#scopesByRoute()));
    return bytes < MOST_ENVIRONMENT_BYTES
      ? []
      : [
          `the routes and scopes of the authorizer take ${bytes} bytes; Lambda gives all variables ${MOST_ENVIRONMENT_BYTES}`,
        ];
  }
}
