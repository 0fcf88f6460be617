import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { memberOf, textOf, texts } from "../template/cloud-assembly.ts";
import { nestedTemplatePath } from "../template/nested-template.ts";
import type { Resource } from "../template/resource-names.ts";
import type { StackValues } from "../template/stack-values.ts";
import type { Unserved } from "./model.ts";
import { asUnserved } from "./unserved.ts";

/** What a stack would deploy that a client could call, or that APIs and functions are made from, and that is not served. */
export const leftOut = (stack: StackValues): readonly Unserved[] => [
  ...[...stack.resources.values()].flatMap((resource) => resourceLeftOut(stack, resource)),
  ...stack.unread.map((key) =>
    asUnserved(`${stack.files.name}/${key}`, "loop", {
      what: "what it runs over is not known before a deployment, so the resources that it makes are not read",
      fix: "give the parameter that holds it a value: --parameters NAME=VALUE",
    }),
  ),
  ...transformsLeftOut(stack),
];

/** Transforms of which nothing is left in a template that a client could call. */
const HARMLESS = new Set([
  "AWS::LanguageExtensions",
  "AWS::CodeDeployBlueGreen",
  "AWS::SecretsManager-2020-07-23",
  "AWS::SecretsManager-2024-09-16",
]);

function transformsLeftOut({ files: { name, template } }: StackValues): readonly Unserved[] {
  const transforms = [template.Transform ?? []]
    .flat()
    .map((one) => (typeof one === "string" ? one : textOf(memberOf({ one }, "one").Name)));
  return texts(transforms)
    .filter((one) => !HARMLESS.has(one))
    .map((one) =>
      asUnserved(`${name}/Transform`, one, {
        what: "the transform runs in AWS only, so what it makes of the template is not read",
        fix: "give the template that it leaves: aws cloudformation get-template --template-stage Processed",
      }),
    );
}

const NOT_SERVED: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  "AWS::ApiGateway::RestApi": [
    "it is a REST API",
    "only HTTP APIs are served; SAM and serverless-offline know REST APIs",
  ],
  "AWS::ApiGatewayV2::VpcLink": [
    "VPC links lead into a network that is not here",
    "its routes answer 500 and the log says so",
  ],
  "AWS::ApiGatewayV2::ApiGatewayManagedOverrides": [
    "overrides of what API Gateway makes by itself are not read",
    "the routes that the template spells out are served",
  ],
  "AWS::Serverless::HttpApi": ["SAM's transform runs in AWS only", "give the template that the transform leaves"],
  "AWS::Serverless::Function": ["SAM's transform runs in AWS only", "give the template that the transform leaves"],
  "AWS::Lambda::Url": ["function URLs are not served", "call the function through the API"],
};

function resourceLeftOut(stack: StackValues, resource: Resource): readonly Unserved[] {
  const { type, logicalId, properties } = resource;
  const name = `${stack.files.name}/${logicalId}`;
  const known = NOT_SERVED[type];
  if (known) return [asUnserved(name, type, { what: known[0], fix: known[1] })];
  if (type === "AWS::ApiGatewayV2::DomainName" && properties.MutualTlsAuthentication !== undefined)
    return [
      asUnserved(name, type, {
        what: "it asks clients for a certificate",
        fix: "nobody is asked for one here: try it deployed",
      }),
    ];
  if (type === "AWS::CloudFormation::Stack" && !isNestedHere(stack, resource))
    return [
      asUnserved(name, type, {
        what: "the template of this nested stack is not in the assembly",
        fix: "what it deploys is not served; synthesise with its template as an asset",
      }),
    ];
  if (type.startsWith("AWS::ApiGatewayV2::") && !READ.has(type))
    return [asUnserved(name, type, { what: "it is not read", fix: "try it on the deployed API" })];
  return type === "AWS::ApiGatewayV2::Api" && stack.resolve(properties.ProtocolType) === "WEBSOCKET"
    ? [asUnserved(name, type, { what: "it is a WebSocket API", fix: "only HTTP APIs are served" })]
    : [];
}

/** Types of API Gateway that are read, or that change nothing for a client. */
const READ = new Set(
  ["Api", "ApiMapping", "Authorizer", "Deployment", "DomainName", "Integration", "Model", "Route", "Stage"].map(
    (one) => `AWS::ApiGatewayV2::${one}`,
  ),
);

function isNestedHere(stack: StackValues, resource: Resource): boolean {
  const path = nestedTemplatePath(stack, resource);
  return path !== undefined && existsSync(resolve(stack.files.directory, path));
}
