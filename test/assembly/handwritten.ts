import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DeploymentFinding } from "../../lib/assembly/model.ts";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import type { RequestRecord } from "../../lib/gateway/request-record.ts";
import type { EmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { startSession } from "../../lib/session/session.ts";
import type { KnownValues } from "../../lib/template/given-values.ts";
import { makeSigningKey, type SigningKey } from "../../lib/tokens/signing-keys.ts";
import { rsaPair, signToken } from "../keys/jwks.ts";

// Assemblies that no CDK wrote, and an issuer that is not of this project.

/** Writes files, objects as JSON, into a new folder. */
export function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-handwritten-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const isText = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(join(folder, path), isText ? content : JSON.stringify(content, null, 2));
  }
  return folder;
}

export const ECHO = "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });\n";

export interface TemplateChoices {
  readonly issuer: unknown;
  readonly audience?: unknown;
  readonly identitySource?: unknown;
  /** Undefined leaves it out. */
  readonly stageName?: string | undefined;
  readonly code?: unknown;
  readonly handler?: string;
  readonly metadata?: object;
}

const route = (key: string, more: object) => ({
  Type: "AWS::ApiGatewayV2::Route",
  Properties: {
    ApiId: { Ref: "Api" },
    RouteKey: key,
    Target: { "Fn::Join": ["/", ["integrations", { Ref: "Integration" }]] },
    ...more,
  },
});

/** Lets every route, and every authorizer, of the API call a function. */
export const mayCall = (func: string, source = "/*/*") => ({
  Type: "AWS::Lambda::Permission",
  Properties: {
    Action: "lambda:InvokeFunction",
    FunctionName: { "Fn::GetAtt": [func, "Arn"] },
    Principal: "apigateway.amazonaws.com",
    SourceArn: {
      "Fn::Sub": `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}${source}`,
    },
  },
});

/** `GET /orders` asks for a token, `POST /orders` for a scope too, `GET /open` for nothing. */
export function templateOf(choices: TemplateChoices) {
  const { issuer, audience = ["orders-app"], identitySource = ["$request.header.Authorization"] } = choices;
  const { code = { ZipFile: ECHO }, handler = "index.handler", metadata = {} } = choices;
  const stageName = "stageName" in choices ? choices.stageName : "$default";
  const guarded = { AuthorizationType: "JWT", AuthorizerId: { Ref: "Authorizer" } };
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Resources: {
      Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "orders", ProtocolType: "HTTP" } },
      ...(stageName === undefined
        ? {}
        : {
            Stage: {
              Type: "AWS::ApiGatewayV2::Stage",
              Properties: { ApiId: { Ref: "Api" }, StageName: stageName, AutoDeploy: true },
            },
          }),
      Authorizer: {
        Type: "AWS::ApiGatewayV2::Authorizer",
        Properties: {
          ApiId: { Ref: "Api" },
          AuthorizerType: "JWT",
          Name: "tokens",
          ...(identitySource === null ? {} : { IdentitySource: identitySource }),
          JwtConfiguration: { Issuer: issuer, Audience: audience },
        },
      },
      Orders: {
        Type: "AWS::Lambda::Function",
        Properties: { Runtime: "nodejs22.x", Handler: handler, Code: code, Role: "arn:aws:iam::1:role/orders" },
        Metadata: metadata,
      },
      Integration: {
        Type: "AWS::ApiGatewayV2::Integration",
        Properties: {
          ApiId: { Ref: "Api" },
          IntegrationType: "AWS_PROXY",
          IntegrationUri: { "Fn::GetAtt": ["Orders", "Arn"] },
          PayloadFormatVersion: "2.0",
        },
      },
      MayCall: mayCall("Orders"),
      List: route("GET /orders", guarded),
      Create: route("POST /orders", { ...guarded, AuthorizationScopes: ["orders:write", "orders:admin"] }),
      Open: route("GET /open", {}),
    },
  };
}

export const MANIFEST = {
  version: "36.0.0",
  artifacts: {
    Orders: {
      type: "aws:cloudformation:stack",
      environment: "aws://unknown-account/unknown-region",
      properties: { templateFile: "Orders.template.json" },
    },
  },
};

export interface PlainIssuer {
  readonly issuer: string;
  /** A good token unless changed. */
  token(claims?: object, header?: object): string;
  /** One that another key signed under the same kid. */
  forged(): string;
  close(): Promise<void>;
}

/**
 * An issuer on loopback as a held-back test may have it: its keys at an unusual path.
 * @param path of the issuer: "" or such as "/realms/one" or "/"
 */
export async function startPlainIssuer(path = "", jwksPath = "/keys/v7/current.jwks?set=1"): Promise<PlainIssuer> {
  const { jwk, privateKey } = rsaPair("key-1");
  const server = createServer((request, response) => {
    const documents: Readonly<Record<string, unknown>> = {
      [`${path.replace(/\/$/, "")}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${origin}${jwksPath}` },
      [jwksPath]: { keys: [jwk] },
    };
    const found = documents[request.url ?? ""];
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${origin}${path}`;
  const claimsOf = (more: object) => {
    const now = Math.floor(Date.now() / 1_000);
    return { iss: issuer, sub: "alice", aud: "orders-app", iat: now, nbf: now, exp: now + 300, ...more };
  };
  return {
    issuer,
    token: (claims = {}, header = {}) => signToken(privateKey, { kid: "key-1", ...header }, claimsOf(claims)),
    forged: () => signToken(rsaPair("key-1").privateKey, { kid: "key-1" }, claimsOf({})),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export interface Served {
  readonly urls: readonly string[];
  readonly records: readonly RequestRecord[];
  readonly unserved: readonly string[];
  readonly placeholders: readonly string[];
  /** None with the real issuer. */
  readonly issuers: readonly EmbeddedIssuer[];
  readonly findings: readonly DeploymentFinding[];
  ask(path: string, init?: RequestInit): Promise<Asked>;
  close(): Promise<void>;
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: () => unknown;
}

let signingKey: Promise<SigningKey> | undefined;

/** Serves an assembly as `gatehouse local --assembly` does; the first API is asked. */
export async function serve(
  folder: string,
  options: {
    readonly realIssuer?: boolean;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly assumePermissions?: boolean;
    readonly values?: KnownValues;
    /** PEM of the authorities of the real issuer. */
    readonly ca?: string;
  } = {},
): Promise<Served> {
  const { realIssuer = true, ca, ...reading } = options;
  const assembly = readAssembly(folder, reading);
  const records: RequestRecord[] = [];
  const session = await startSession({
    apis: assembly.apis,
    port: 0,
    issuerPort: 0,
    realIssuer,
    ca,
    // Made once: it takes longer than all else.
    ...(realIssuer ? {} : { signingKey: (signingKey ??= makeSigningKey(Date.now())) }),
    functionHost: functionHostOf({ nowMs: Date.now }),
    onRequest: (record) => void records.push(record),
  });
  const urls = session.gateways.map(({ url }) => url);
  return {
    urls,
    issuers: session.issuers,
    placeholders: assembly.placeholders.map(({ name, got, fix }) => `${name} ${got}: ${fix}`),
    records,
    findings: assembly.findings,
    unserved: assembly.unserved.map(({ name, type, what, fix }) => `${name} (${type}): ${what}; ${fix}`),
    ask: async (path, init) => {
      const response = await fetch(path.startsWith("http") ? path : `${urls[0]}${path}`, init);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: () => JSON.parse(text) as unknown,
      };
    },
    close: () => session.close(),
  };
}

export const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
