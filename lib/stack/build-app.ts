import { Annotations, App, type AppProps, Token } from "aws-cdk-lib";
import { DISABLE_CREATION_STACK_TRACES } from "aws-cdk-lib/cx-api";
import { RegionInfo } from "aws-cdk-lib/region-info";
import { readEnvironments } from "../config/project.ts";
import { type NamedEnvironment, readEnvironment } from "../config/read-environment.ts";
import { nearest } from "../findings/did-you-mean.ts";
import { GatehouseStack } from "./gatehouse-stack.ts";

export interface BuildAppProps {
  /** The folder with cdk.json, package.json and lambda/. */
  readonly projectDirectory: string;
  /** Context, output folder and the like. @default - what the CDK's command line hands over */
  readonly app?: AppProps;
}

/**
 * No stack traces in the assembly: they hold the paths of the machine, so that two checkouts would not give the same bytes.
 * `CDK_DEBUG=1` brings them back, for the line of a construct that a validation complains of.
 */
const WITHOUT_TRACES: AppProps = { stackTraces: false, postCliContext: { [DISABLE_CREATION_STACK_TRACES]: true } };

/** The CDK app: context → environment → a stack for each of its regions. Nothing is synthesised yet. */
export function buildApp({ projectDirectory, app: appProps }: BuildAppProps): {
  readonly app: App;
  readonly environment: NamedEnvironment;
  readonly stacks: readonly GatehouseStack[];
} {
  const app = new App({ ...appProps, ...WITHOUT_TRACES });
  const context = app.node.getAllContext() as Readonly<Record<string, unknown>>;
  const environment = readEnvironment({
    ...readEnvironments(context.environments, projectDirectory),
    name: typeof context.env === "string" ? context.env : undefined,
    overrides: context,
  });
  const { account, region, regions } = environment;
  const stacks = (regions ?? [region]).map(
    (one) =>
      new GatehouseStack(app, stackId(environment, one), {
        environment,
        projectDirectory,
        ...(environment.stackName === undefined ? {} : { stackName: nameIn(environment.stackName, environment, one) }),
        terminationProtection: environment.terminationProtection,
        description: `Gatehouse ${environment.name}: an HTTP API behind a JWT authorizer that trusts WSO2`,
        env: { ...(account === undefined ? {} : { account }), ...(one === undefined ? {} : { region: one }) },
      }),
  );
  for (const stack of stacks) warnOfRegion(stack);
  return { app, environment, stacks };
}

/** AWS opens regions, so one that this CDK does not know yet is not a mistake; a mistyped one fails when AWS is asked. */
function warnOfRegion(stack: GatehouseStack): void {
  const known = RegionInfo.regions.map(({ name }) => name);
  if (Token.isUnresolved(stack.region) || known.includes(stack.region)) return;
  const near = nearest(stack.region, known);
  Annotations.of(stack).addWarningV2(
    "gatehouse:region-unknown",
    `this CDK knows no region ${stack.region}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

/** A name of one's own; with several regions each stack has its region in it. */
const nameIn = (name: string, { regions }: NamedEnvironment, region: string | undefined) =>
  regions === undefined ? name : `${name}-${region}`;

/** One region: `Gatehouse-dev`. Several: each stack names its own. */
const stackId = ({ name, regions }: NamedEnvironment, region: string | undefined) =>
  regions === undefined ? `Gatehouse-${name}` : `Gatehouse-${name}-${region}`;
