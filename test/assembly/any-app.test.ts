import { afterEach, describe, expect, test } from "vitest";
import type { Assembly } from "../../lib/assembly/model.ts";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import type { KnownValues } from "../../lib/template/given-values.ts";
import { bearer, folderOf, type Served, serve } from "./handwritten.ts";
import { SMALL_ASSEMBLIES, type SmallAssembly } from "./small-assemblies.ts";

// Whatever an app says and however it says it: each part that touches an API or its functions is served or named.

let one: Served | undefined;
afterEach(async () => {
  await one?.close();
  one = undefined;
});

async function served(name: SmallAssembly, values: KnownValues = {}): Promise<Served> {
  one = await serve(folderOf(SMALL_ASSEMBLIES[name]), { realIssuer: false, values });
  return one;
}

/** What the first issuer's own token gets, on GET /me. */
async function ownToken(api: Served): Promise<number> {
  return (await api.ask("/me", bearer((await api.issuers[0]?.mint()) ?? ""))).status;
}

const show = async (api: Served) => (await api.ask("/show")).json();

describe("an issuer that only a deployment knows", () => {
  test.each([
    ["issuer of a parameter of Systems Manager", "ssm-auth-issuer", '{ "ssm": { "/auth/issuer": "VALUE" } }'],
    ["issuer of a dynamic reference", "resolve-ssm-auth-issuer", '{ "ssm": { "/auth/issuer": "VALUE" } }'],
    ["issuer of another app's export", "import-shared-issuer", '{ "exports": { "shared-issuer": "VALUE" } }'],
    ["issuer of a custom resource", "Tenant-Issuer", '{ "attributes": { "Tenant.Issuer": "VALUE" } }'],
  ] as const)("%s: an embedded issuer stands in for it, and the placeholder is named", async (name, words, entry) => {
    const api = await served(name);
    expect(api.issuers.map(({ issuer }) => issuer)).toEqual([`https://known-when-deployed.invalid/${words}`]);
    expect(api.placeholders).toEqual([expect.stringContaining(entry)]);
    expect((await api.ask("/me")).status).toBe(401);
    expect(await ownToken(api)).toBe(200);
  });

  test.each([
    ["issuer of a parameter of Systems Manager", { ssm: { "/auth/issuer": "https://id.example.com" } }],
    ["issuer of a dynamic reference", { ssm: { "/auth/issuer": "https://id.example.com" } }],
    ["issuer of another app's export", { exports: { "shared-issuer": "https://id.example.com" } }],
    ["issuer of a custom resource", { attributes: { "Tenant.Issuer": "https://id.example.com" } }],
    ["issuer of a custom resource", { attributes: { "S/Tenant.Issuer": "https://id.example.com" } }],
  ] as const)("%s: a given value takes its place", async (name, values) => {
    const api = await served(name, values);
    expect(api.issuers.map(({ issuer }) => issuer)).toEqual(["https://id.example.com"]);
    expect([api.placeholders, api.unserved]).toEqual([[], []]);
    expect(await ownToken(api)).toBe(200);
  });

  test.each(["issuer of a Cognito pool", "issuer of a Cognito pool by its name"] as const)(
    "%s has the form of Cognito's, with a pool made up here",
    async (name) => {
      const api = await served(name);
      expect(api.issuers[0]?.issuer).toMatch(
        /^https:\/\/cognito-idp\.us-east-1\.amazonaws\.com\/us-east-1_[A-Za-z0-9]{9}$/,
      );
      expect(api.issuers[0]?.clients[0]?.clientId).toMatch(/^[a-z0-9]{26}$/);
      expect(await ownToken(api)).toBe(200);
    },
  );
});

test("Ref and Arn are those that CloudFormation would give", async () => {
  expect(await show(await served("names of what functions talk to"))).toEqual({
    X_QUEUE: "https://sqs.us-east-1.amazonaws.com/123456789012/S-Queue",
    X_QUEUE_ARN: "arn:aws:sqs:us-east-1:123456789012:S-Queue",
    X_TOPIC: "arn:aws:sns:us-east-1:123456789012:news",
    X_TABLE: "orders",
    X_TABLE_ARN: "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
    X_SECRET: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf",
    X_MACHINE: "arn:aws:states:us-east-1:123456789012:stateMachine:S-Machine",
    X_BUCKET_ARN: "arn:aws:s3:::files",
    X_BUS_ARN: "arn:aws:events:us-east-1:123456789012:event-bus/bus",
    X_STREAM_ARN: "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
    X_KEY_ARN: expect.stringMatching(
      /^arn:aws:kms:us-east-1:123456789012:key\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    ),
    X_ROLE_ARN: "arn:aws:iam::123456789012:role/worker",
    X_PARAMETER: "/a/b",
    X_POOL: expect.stringMatching(/^us-east-1_[A-Za-z0-9]{9}$/),
    X_CLIENT: expect.stringMatching(/^[a-z0-9]{26}$/),
  });
});

describe("variables that only a deployment knows", () => {
  test("reach the function as they stand, and are named with the entry that gives them", async () => {
    const api = await served("variables that a deployment knows");
    expect(await show(api)).toMatchObject({
      X_SECRET: "{{resolve:secretsmanager:db:SecretString:password}}",
      X_IMPORT: "{import:nowhere}",
      X_ENDPOINT: "{Database.Endpoint.Address}",
      X_PLAIN: "/users/{id}",
    });
    expect(api.placeholders.map((line) => line.replace(/:.*VALUE/, " VALUE"))).toHaveLength(3);
    expect(api.placeholders.join("\n")).toContain('{ "secrets": { "db": "VALUE" } }');
    expect(api.placeholders.join("\n")).toContain('{ "attributes": { "Database.Endpoint.Address": "VALUE" } }');
    expect(api.placeholders.join("\n")).not.toContain("X_PLAIN");
  });

  test("are given by name, by secret and by function", async () => {
    const api = await served("variables that a deployment knows", {
      secrets: { db: { password: "open sesame" } },
      exports: { nowhere: "somewhere" },
      functions: { Function: { X_ENDPOINT: "127.0.0.1", X_NEW: "1" } },
    });
    expect(await show(api)).toMatchObject({
      X_SECRET: "open sesame",
      X_IMPORT: "somewhere",
      X_ENDPOINT: "127.0.0.1",
      X_NEW: "1",
    });
    expect([api.placeholders, api.unserved]).toEqual([[], []]);
  });

  test("a value that nothing asks for is named, not ignored", async () => {
    const api = await served("issuer of a dynamic reference", { ssm: { "/auth/isuer": "https://id.example.com" } });
    expect(api.unserved).toEqual([
      "ssm./auth/isuer (value): nothing that is served asks for it; correct its name, or take it away",
    ]);
  });
});

describe("what is served, however it is written", () => {
  test.each(["nested stack without the CDK's note", "assets of CDK v1", "routes in a loop"] as const)(
    "%s, with nothing left out",
    async (name) => {
      const api = await served(name);
      expect(await show(api)).toEqual({});
      expect([api.unserved, api.placeholders]).toEqual([[], []]);
    },
  );

  test("a loop over a list makes a route an item", async () => {
    const api = await served("routes in a loop");
    expect((await api.ask("/a")).status).toBe(200);
    expect((await api.ask("/b-c")).status).toBe(200);
    expect((await api.ask("/Name")).status).toBe(404);
  });

  test("routes that an app adds to an imported API are served as an API of their own", async () => {
    const api = await served("routes of an imported API only");
    expect((await api.ask("/show")).status).toBe(200);
    expect(api.unserved).toEqual([
      expect.stringContaining("S/Integration (AWS::ApiGatewayV2::Integration): it is of the API {import:shared-api}"),
      expect.stringContaining("S/Show (AWS::ApiGatewayV2::Route): it is of the API {import:shared-api}"),
    ]);
  });
});

describe("what is not served is named, and the rest is served", () => {
  test.each([
    [
      "code outside of the assembly",
      "GET /outside (route): the function of OutsideIntegration: its code at .. lies outside",
    ],
    [
      "nested stack whose template is elsewhere",
      "S/Nested (AWS::CloudFormation::Stack): the template of this nested stack",
    ],
    ["a route of another app's API", "S/Foreign (AWS::ApiGatewayV2::Route): it is of the API abc123defg"],
    ["a layer of AWS", "S/Function (layer): the layer arn:aws:lambda:us-east-1:094274105915:layer:Powertools:30"],
    ["a transform of the whole template", "S/Transform (Company::Macro): the transform runs in AWS only"],
    ["a loop over what is not known", "S/Fn::ForEach::Routes (loop): what it runs over is not known"],
  ] as const)("%s", async (name, line) => {
    const api = await served(name);
    expect(api.unserved.join("\n")).toContain(line);
    expect((await api.ask("/show")).status).toBe(200);
  });

  test("in every assembly, a route that cannot be served is among what is named", () => {
    for (const files of Object.values(SMALL_ASSEMBLIES)) {
      let assembly: Assembly;
      try {
        assembly = readAssembly(folderOf(files));
      } catch (error) {
        if (error instanceof Mistake) continue;
        throw error;
      }
      const dead = assembly.apis
        .flatMap(({ routes }) => routes)
        .filter(({ authorization, integration }) => [authorization.kind, integration.kind].includes("unserved"));
      expect(assembly.unserved.map(({ name }) => name)).toEqual(
        expect.arrayContaining([...new Set(dead.map(({ key }) => key))]),
      );
    }
  });

  test("a function of another runtime answers 500, and is named", async () => {
    const api = await served("a function in Python");
    expect((await api.ask("/show")).status).toBe(500);
    expect(api.unserved.join("\n")).toContain("its runtime is python3.13");
  });

  test("a document that a transform makes", async () => {
    const api = await served("a document that a transform makes");
    expect(api.unserved.join("\n")).toContain(
      "S/Api (AWS::ApiGatewayV2::Api): its OpenAPI document is made at the deployment",
    );
  });

  test("an app with a WebSocket API only is refused, by its name", async () => {
    const refusal = await served("a WebSocket API only").catch((error: Mistake) => error);
    expect(refusal).toMatchObject({
      code: "api-missing",
      say: { got: expect.stringContaining("S/Socket (AWS::ApiGatewayV2::Api): it is a WebSocket API") as unknown },
    });
  });
});
