import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type { CfnApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Code, FunctionUrlAuthType, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import type { Construct } from "constructs";
import { buildSync } from "esbuild";
import { API_NAMES } from "../lib/conformance/case.ts";
import { writeConformanceAssembly } from "../lib/conformance/conformance-assembly.ts";

export interface ProbeIssuerProps extends StackProps {
  /** Public keys only. */
  readonly jwks: object;
  /** Whether the faulty issuers beside it show their faults: not while authorizers are made. */
  readonly areFaultsShown: boolean;
}

/** The issuer, which has to answer before an authorizer that trusts it can be made (4.3): a stack of its own. */
export class ProbeIssuerStack extends Stack {
  /** `https://host/`: the issuer's string is `oauth2/token` below it. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ProbeIssuerProps) {
    super(scope, id, props);
    const issuer = new LambdaFunction(this, "Issuer", {
      description: "Discovery and public keys of a throw-away issuer",
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromAsset(issuerCode(props.jwks)),
      memorySize: 256,
      timeout: Duration.seconds(10),
      environment: { FAULTS: props.areFaultsShown ? "shown" : "hidden" },
      logGroup: new LogGroup(this, "Log", { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY }),
    });
    this.url = issuer.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
    new CfnOutput(this, "IssuerOrigin", { value: this.url });
  }
}

/** Stands in the conformance template where the issuer's origin will be. */
const STAND_IN = "https://probe-issuer.invalid/";
const ORIGIN_PARAMETER = "IssuerOrigin";

/** The conformance APIs, which are what our own gateway is asked by, under that issuer. */
export class ProbeApisStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly issuerOrigin: string }) {
    super(scope, id, props);
    const include = new CfnInclude(this, "Apis", {
      templateFile: conformanceTemplate(),
      parameters: { [ORIGIN_PARAMETER]: props.issuerOrigin },
    });
    for (const name of API_NAMES) {
      const api = include.getResource(name.replace(/^./, (first) => first.toUpperCase())) as CfnApi;
      new CfnOutput(this, `Api${name}`, { value: api.attrApiEndpoint });
    }
    new CfnOutput(this, "AccessLogGroup", { value: include.getResource("AccessLog").ref });
  }
}

function issuerCode(jwks: object): string {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-probe-"));
  buildSync({
    entryPoints: [join(import.meta.dirname, "issuer-function.ts")],
    outfile: join(directory, "index.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "warning",
  });
  writeFileSync(join(directory, "jwks.json"), JSON.stringify(jwks));
  return directory;
}

/** The conformance assembly's template, with a parameter for the issuer's origin. */
function conformanceTemplate(): string {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-probe-"));
  writeConformanceAssembly(directory, `${STAND_IN}oauth2/token`);
  const written = join(directory, "GatehouseConformance.template.json");
  const { Resources } = JSON.parse(readFileSync(written, "utf8"), (_, value: unknown) =>
    typeof value === "string" && value.startsWith(STAND_IN)
      ? { "Fn::Join": ["", [{ Ref: ORIGIN_PARAMETER }, value.slice(STAND_IN.length)]] }
      : value,
  ) as { readonly Resources: object };
  const file = join(directory, "probe.template.json");
  writeFileSync(file, JSON.stringify({ Parameters: { [ORIGIN_PARAMETER]: { Type: "String" } }, Resources }));
  return file;
}
