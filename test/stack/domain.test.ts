import { get } from "node:http";
import { App, CfnParameter, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpUrlIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { type Session, startSession } from "../../lib/session/session.ts";
import { ApiDomain, type ApiDomainProps } from "../../lib/stack/api-domain.ts";
import { ProtectedHttpApi } from "../../lib/stack/protected-http-api.ts";
import { differenceOf, synthesised } from "./synthesised.ts";

const certificate = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0a1b2c3d`;

/** The prod environment under a name of its own. */
const ownName = (more: object = {}, context: object = {}) =>
  synthesised("prod", {
    region: "eu-central-1",
    domain: {
      name: "api.example.com",
      certificateArn: certificate("eu-central-1"),
      hostedZoneId: "Z0123456789ABC",
      ...more,
    },
    ...context,
  });

describe("an environment with a domain", () => {
  const { template, report, annotations, assembly } = ownName({ mappingKey: "orders/v1" });

  test("adds the name, its mapping and its DNS records, and changes the API", () => {
    expect(differenceOf(synthesised("prod", { region: "eu-central-1" }).template, template)).toEqual({
      added: [
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::Route53::RecordSet",
        "AWS::Route53::RecordSet",
      ],
      removed: [],
      changed: ["AWS::ApiGatewayV2::Api"],
    });
  });

  test("passes CDK's own validation and both cdk-nag packs, with no warning", () => {
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
    expect(annotations.findWarning("*", Match.anyValue())).toEqual([]);
  });

  test("has the name with its certificate, TLS 1.2, IPv4 and IPv6, and the API under the mapping key", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
      DomainName: "api.example.com",
      DomainNameConfigurations: [
        {
          CertificateArn: certificate("eu-central-1"),
          EndpointType: "REGIONAL",
          SecurityPolicy: "TLS_1_2",
          IpAddressType: "dualstack",
        },
      ],
      MutualTlsAuthentication: Match.absent(),
    });
    template.hasResourceProperties("AWS::ApiGatewayV2::ApiMapping", {
      ApiMappingKey: "orders/v1",
      Stage: "$default",
    });
  });

  test("answers by that name only: the execute-api address is off, and is not an output", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Api", { DisableExecuteApiEndpoint: true });
    template.hasOutput("DomainUrl", { Value: "https://api.example.com/orders/v1/" });
    expect(Object.keys(template.findOutputs("*"))).not.toContain("ApiUrl");
    synthesised("prod").template.hasResourceProperties("AWS::ApiGatewayV2::Api", { DisableExecuteApiEndpoint: false });
    expect(Object.keys(synthesised("prod").template.findOutputs("*"))).not.toContain("DomainUrl");
  });

  test("without a zone has no record, and says where the name has to point", () => {
    const without = ownName({ hostedZoneId: undefined }).template;
    without.resourceCountIs("AWS::Route53::RecordSet", 0);
    without.hasOutput("DomainTarget", {
      Value: { "Fn::GetAtt": [Match.stringLikeRegexp("^DomainName"), "RegionalDomainName"] },
    });
    expect(Object.keys(template.findOutputs("*"))).not.toContain("DomainTarget");
  });

  test("gets an A and an AAAA record, simple ones in one region", () => {
    const records = Object.values(template.findResources("AWS::Route53::RecordSet"));
    expect(records.map(({ Properties: { Type: type } }) => String(type)).toSorted()).toEqual(["A", "AAAA"]);
    for (const { Properties: properties } of records) {
      expect(properties).toMatchObject({ Name: "api.example.com.", HostedZoneId: "Z0123456789ABC" });
      expect(properties).not.toHaveProperty("Region");
      expect(properties).not.toHaveProperty("SetIdentifier");
    }
  });

  describe("on a laptop", () => {
    const { apis, unserved } = readAssembly(assembly.directory);
    let session: Session;

    beforeAll(async () => {
      session = await startSession({
        apis,
        port: 0,
        issuerPort: 0,
        realIssuer: false,
        functionHost: functionHostOf({ nowMs: Date.now }),
      });
    });
    afterAll(() => session.close());

    test("is served by the printed address, and by its name with the path of its mapping", async () => {
      const url = session.gateways[0]?.url ?? "";
      expect((await fetch(`${url}/health`)).status).toBe(200);
      expect((await fetch(`${url}/me`)).status).toBe(401);
      expect(await statusByName(url, "api.example.com", "/orders/v1/health")).toBe(200);
      expect(await statusByName(url, "api.example.com", "/health")).toBe(404);
      expect(unserved).toEqual([]);
    });
  });
});

/** What a request to a custom domain gets; fetch lets nobody choose the Host header. */
const statusByName = (url: string, host: string, path: string) =>
  new Promise((resolve, reject) => {
    get(`${url}${path}`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });

const withClients = () =>
  ownName({
    truststoreUri: "s3://example-truststore/clients/ca.pem",
    truststoreVersion: "abc123",
    ownershipCertificateArn: certificate("eu-central-1"),
  });

describe("mutual TLS", () => {
  test("is asked of the domain, with the truststore's version", () => {
    const { template, report } = withClients();
    template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
      MutualTlsAuthentication: { TruststoreUri: "s3://example-truststore/clients/ca.pem", TruststoreVersion: "abc123" },
      DomainNameConfigurations: [{ OwnershipVerificationCertificateArn: certificate("eu-central-1") }],
    });
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  });

  test("is told on a session, where nobody is asked for a certificate", () => {
    const { unserved } = readAssembly(withClients().assembly.directory);
    expect(unserved.map(({ what }) => what)).toContain("it asks clients for a certificate");
  });
});

describe("a domain in several regions", () => {
  const regions = ["eu-central-1", "us-east-1"];
  const { stacks, assembly } = ownName(
    { certificateArn: Object.fromEntries(regions.map((region) => [region, certificate(region)])) },
    { region: undefined, regions },
  );

  test("is one stack a region, each with the name and the region's own certificate", () => {
    expect(stacks.map(({ stackName, region }) => [stackName, region])).toEqual([
      ["Gatehouse-prod-eu-central-1", "eu-central-1"],
      ["Gatehouse-prod-us-east-1", "us-east-1"],
    ]);
    expect(assembly.stacks.map(({ stackName }) => stackName)).toEqual(stacks.map(({ stackName }) => stackName));
    for (const stack of stacks)
      Template.fromStack(stack).hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
        DomainName: "api.example.com",
        DomainNameConfigurations: [{ CertificateArn: certificate(stack.region) }],
      });
  });

  test("says each region's own endpoint: the name leads to the nearest region only", () => {
    for (const stack of stacks)
      Template.fromStack(stack).hasOutput("DomainTarget", {
        Value: { "Fn::GetAtt": [Match.stringLikeRegexp("^DomainName"), "RegionalDomainName"] },
      });
  });

  test("has records by latency, each with an identifier that no other has", () => {
    const records = stacks.flatMap((stack) =>
      Object.values(Template.fromStack(stack).findResources("AWS::Route53::RecordSet")).map(
        ({ Properties: properties }) => properties as { Type: string; Region: string; SetIdentifier: string },
      ),
    );
    expect(records.map(({ Type: type, Region: region }) => `${type} ${region}`).toSorted()).toEqual([
      "A eu-central-1",
      "A us-east-1",
      "AAAA eu-central-1",
      "AAAA us-east-1",
    ]);
    for (const type of ["A", "AAAA"]) {
      const identifiers = records.filter((one) => one.Type === type).map((one) => one.SetIdentifier);
      expect(new Set(identifiers).size).toBe(regions.length);
    }
  });
});

const under = (props: Partial<ApiDomainProps>, region?: string) => {
  const stack = new Stack(new App(), "Other", region === undefined ? {} : { env: { region } });
  const { stage } = new ProtectedHttpApi(stack, "Api", {
    authorizer: new HttpJwtAuthorizer("Jwt", "https://is.example.com/oauth2/token", { jwtAudience: ["client"] }),
    integration: new HttpUrlIntegration("Url", "https://backend.example.com"),
    routes: [{ method: HttpMethod.GET, path: "/me" }],
  });
  const given = { stage, domainName: "api.example.com", certificateArn: certificate("eu-central-1"), ...props };
  return { stack, domain: new ApiDomain(stack, "Domain", given) };
};

describe("ApiDomain in another app", () => {
  test.for<[Partial<ApiDomainProps>, string]>([
    [{ domainName: "https://api.example.com" }, "the domain is a host name"],
    [{ mappingKey: "/v1" }, "without slashes at its ends"],
    [{ mappingKey: "" }, "without slashes at its ends"],
    [{ clientAuthorities: { truststoreUri: "bucket/key" } }, "the truststore is s3://bucket/key"],
  ])("refuses %j: %s", ([props, message]) => expect(() => under(props)).toThrow(message));

  test("refuses a certificate that is none of ACM's, or of another region than the stack", () => {
    const clientAuthorities = {
      truststoreUri: "s3://bucket/ca.pem",
      ownershipCertificateArn: certificate("us-east-1"),
    };
    expect(() => under({ certificateArn: "arn:aws:iam::123456789012:server-certificate/x" })).toThrow(
      "the certificate is the ARN of one in ACM",
    );
    expect(() => under({}, "us-east-1")).toThrow(
      "the certificate has to be of the stack's region, us-east-1, got one of eu-central-1",
    );
    expect(() => under({ clientAuthorities }, "eu-central-1")).toThrow("the ownership certificate has to be of");
    expect(() => under({}, "eu-central-1")).not.toThrow();
  });

  test("leaves what is known at the deployment only", () => {
    const stack = new Stack();
    const name = new CfnParameter(stack, "Name").valueAsString;
    expect(under({ domainName: name, mappingKey: name }).domain.url).toBe(`https://${name}/${name}/`);
    expect(() => under({ certificateArn: name }, "us-east-1")).not.toThrow();
  });
});
