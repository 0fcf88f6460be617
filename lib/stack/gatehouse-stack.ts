import { resolve } from "node:path";
import { CfnOutput, Duration, Stack, type StackProps, Tags } from "aws-cdk-lib";
import { CorsHttpMethod, type CorsPreflightOptions, type HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import type { Construct } from "constructs";
import { type CaBundle, readCaBundle } from "../config/ca-bundle.ts";
import { arnIn } from "../config/placement.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { ApiDomain } from "./api-domain.ts";
import { FunctionIntegration } from "./function-integration.ts";
import { MirrorAuthorizer } from "./mirror-authorizer.ts";
import { type FunctionSettings, NodeFunction } from "./node-function.ts";
import { observe } from "./observe.ts";
import { ProtectedHttpApi } from "./protected-http-api.ts";
import { type Network, networkOf } from "./vpc-access.ts";

export interface GatehouseStackProps extends StackProps {
  readonly environment: NamedEnvironment;
  /** The folder with package.json, lambda/ and the lock file. */
  readonly projectDirectory: string;
  /** Milliseconds since 1970, for the days of certificates. @default - now */
  readonly nowMs?: number | undefined;
}

/** The article's API: a business Lambda behind an HTTP API whose authorizer trusts WSO2. */
export class GatehouseStack extends Stack {
  readonly environmentName: string;
  readonly api: ProtectedHttpApi;
  readonly business: NodeFunction;
  readonly domain: ApiDomain | undefined;

  constructor(scope: Construct, id: string, props: GatehouseStackProps) {
    super(scope, id, props);
    const { environment, projectDirectory, nowMs = Date.now() } = props;
    const { issuer, audience, routes, throttle, logKeyArn, caBundle, vpc, business } = environment;
    this.environmentName = environment.name;
    const settings: FunctionSettings = {
      projectDirectory,
      tracing: environment.tracing,
      sourceMaps: environment.sourceMaps,
      logs: {
        retentionDays: environment.logRetentionDays,
        retain: environment.retainLogs,
        keyArn: logKeyArn && arnIn(props.env?.region, logKeyArn),
      },
    };
    const reach: IssuerReach = {
      network: vpc && networkOf(this, vpc),
      caBundle: caBundle === undefined ? undefined : readCaBundle(resolve(projectDirectory, caBundle), nowMs),
    };
    this.business = new NodeFunction(this, "Business", {
      ...settings,
      entry: "lambda/business.ts",
      description: `Answers the routes of the ${environment.name} API`,
      caller: "api",
      ...(business.memoryMb === undefined ? {} : { memoryMb: business.memoryMb }),
      ...(business.timeoutSeconds === undefined ? {} : { timeout: Duration.seconds(business.timeoutSeconds) }),
      environment: business.variables,
    });
    const mirror = environment.authorizer === "native" ? undefined : this.#mirror(environment, settings, reach);
    this.api = new ProtectedHttpApi(this, "Api", {
      apiName: `gatehouse-${environment.name}`,
      description: `An HTTP API that trusts the tokens of ${issuer}`,
      authorizer: mirror ?? nativeAuthorizer(environment),
      integration: new FunctionIntegration("Integration", this.business.function),
      routes: routes.map(({ method, ...route }) => ({ ...route, method: method as HttpMethod })),
      cors: environment.cors && corsOptions(environment.cors),
      throttle,
      logs: settings.logs,
      disableExecuteApiEndpoint: environment.domain !== undefined,
    });
    observe(this, environment, { api: this.api, business: this.business, mirror, settings, reach });
    this.domain = environment.domain && this.#domain(environment, environment.domain, props.env?.region);
    // The execute-api address answers nobody where there is a domain, so it is not an output then.
    if (!this.domain) this.#output("ApiUrl", this.api.url, "Where the API answers");
    this.#output("Issuer", issuer, "The issuer that the authorizer trusts");
    this.#output("Audience", audience.join(","), "The audiences that it takes");
    this.#output("AccessLogGroup", this.api.accessLog.logGroupName, "One line a request, with the authorizer's error");
    for (const [key, value] of Object.entries({ environment: environment.name, ...environment.tags }))
      Tags.of(this).add(key, value);
  }

  #mirror(
    { issuer, audience, identitySource, ...mirror }: NamedEnvironment,
    settings: FunctionSettings,
    reach: IssuerReach,
  ): MirrorAuthorizer {
    return new MirrorAuthorizer(this, "Authorizer", {
      ...settings,
      ...reach,
      issuer,
      audience,
      identitySource,
      resultCacheSeconds: mirror.resultCacheSeconds,
      reservedConcurrency: mirror.reservedConcurrency,
      provisionedConcurrency: mirror.provisionedConcurrency,
    });
  }

  #domain(
    { regions = [] }: NamedEnvironment,
    { name, certificateArn, hostedZoneId, mappingKey, ...mutualTls }: NonNullable<NamedEnvironment["domain"]>,
    region: string | undefined,
  ): ApiDomain {
    const { truststoreUri, truststoreVersion, ownershipCertificateArn } = mutualTls;
    const own = new ApiDomain(this, "Domain", {
      stage: this.api.stage,
      domainName: name,
      certificateArn: arnIn(region, certificateArn),
      mappingKey,
      hostedZoneId,
      latencyRegion: regions.length > 1 ? region : undefined,
      clientAuthorities:
        truststoreUri === undefined
          ? undefined
          : {
              truststoreUri,
              truststoreVersion,
              ownershipCertificateArn: ownershipCertificateArn && arnIn(region, ownershipCertificateArn),
            },
    });
    this.#output("DomainUrl", own.url, "Where the API answers");
    if (hostedZoneId === undefined)
      this.#output("DomainTarget", own.domain.regionalDomainName, "Where the name's CNAME has to point");
    else if (regions.length > 1)
      this.#output("DomainTarget", own.domain.regionalDomainName, "This region's own endpoint behind the name");
    return own;
  }

  #output(id: string, value: string, description: string) {
    new CfnOutput(this, id, { value, description });
  }
}

const nativeAuthorizer = ({ issuer, audience, identitySource }: NamedEnvironment) =>
  new HttpJwtAuthorizer("Jwt", issuer, {
    authorizerName: "wso2",
    jwtAudience: [...audience],
    identitySource: [identitySource],
  });

/** What a function needs to ask the issuer, where that is not public. */
interface IssuerReach {
  readonly network: Network | undefined;
  readonly caBundle: CaBundle | undefined;
}

function corsOptions(cors: NonNullable<NamedEnvironment["cors"]>): CorsPreflightOptions {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAgeSeconds } = cors;
  return {
    allowOrigins,
    allowHeaders,
    allowCredentials,
    allowMethods: allowMethods.map((method) => (method === "*" ? CorsHttpMethod.ANY : (method as CorsHttpMethod))),
    maxAge: Duration.seconds(maxAgeSeconds),
    ...(exposeHeaders.length > 0 ? { exposeHeaders } : {}),
  };
}
