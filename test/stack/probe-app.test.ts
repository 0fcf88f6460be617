import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { APIS } from "../../lib/conformance/conformance-api.ts";
import { ProbeApisStack, ProbeIssuerStack } from "../../probe/probe-stacks.ts";

const JWKS = { keys: [{ kty: "RSA", kid: "one", n: "AQAB", e: "AQAB" }] };

const app = new App({ analyticsReporting: false });
const issuer = new ProbeIssuerStack(app, "GatehouseProbeIssuer", { jwks: JWKS, areFaultsShown: false });
const apis = new ProbeApisStack(app, "GatehouseProbe", { issuerOrigin: issuer.url });
const assembly = app.synth();
const template = Template.fromStack(apis);

describe("the probe", () => {
  test("is two stacks, the issuer's first: an authorizer is made from an issuer that answers (4.3)", () => {
    const artifact = assembly.getStackArtifact(apis.artifactId);
    expect(artifact.dependencies.map(({ id }) => id)).toContain(issuer.artifactId);
  });

  test("deploys the conformance APIs as our own gateway serves them, under that issuer", () => {
    const routes = Object.values(APIS).flatMap((api) => api.routes);
    template.resourceCountIs("AWS::ApiGatewayV2::Route", routes.length);
    const authorizers = Object.values(template.findResources("AWS::ApiGatewayV2::Authorizer"));
    const issuers = authorizers
      .filter(({ Properties: { AuthorizerType } }) => AuthorizerType === "JWT")
      .map(({ Properties: { JwtConfiguration } }) => JSON.stringify(JwtConfiguration.Issuer));
    expect(issuers.length).toBeGreaterThan(10);
    for (const text of issuers)
      expect(text).toMatch(
        /^\{"Fn::Join":\["",\[\{"Fn::ImportValue":"[^"]+"\},"(oauth2\/token|faulty\/[a-z0-9-]+\/?)"\]\]\}$/,
      );
    expect(JSON.stringify(template.toJSON())).not.toContain("probe-issuer.invalid");
  });

  test("says where each API answers, and where the access log is", () => {
    for (const name of Object.keys(APIS)) template.hasOutput(`Api${name}`, { Value: Match.anyValue() });
    template.hasOutput("AccessLogGroup", {});
    Template.fromStack(issuer).hasOutput("IssuerOrigin", {});
  });

  test("gives the issuer's function the public keys and its bundle, and nothing else", () => {
    const asset = readdirSync(assembly.directory).find((name) => name.startsWith("asset.")) ?? "";
    expect(readdirSync(join(assembly.directory, asset)).toSorted()).toEqual(["index.js", "jwks.json"]);
    expect(JSON.parse(readFileSync(join(assembly.directory, asset, "jwks.json"), "utf8"))).toEqual(JWKS);
    const hidden = Template.fromStack(issuer);
    hidden.hasResourceProperties("AWS::Lambda::Function", { Environment: { Variables: { FAULTS: "hidden" } } });
    hidden.hasResourceProperties("AWS::Lambda::Url", { AuthType: "NONE" });
    const shown = new ProbeIssuerStack(new App(), "GatehouseProbeIssuer", { jwks: JWKS, areFaultsShown: true });
    Template.fromStack(shown).hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: { FAULTS: "shown" } },
    });
  });
});
