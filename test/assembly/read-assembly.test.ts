import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import {
  bearer,
  ECHO,
  folderOf,
  MANIFEST,
  type PlainIssuer,
  type Served,
  serve,
  startPlainIssuer,
  type TemplateChoices,
  templateOf,
} from "./handwritten.ts";

// Assemblies written by hand, as other people's apps and held-back tests have them, before their own issuer.

let plain: PlainIssuer;
const served: Served[] = [];

beforeAll(async () => {
  plain = await startPlainIssuer();
});

afterAll(async () => {
  await Promise.all([...served.map((one) => one.close()), plain.close()]);
});

async function serveFiles(files: Readonly<Record<string, unknown>>): Promise<Served> {
  const one = await serve(folderOf(files));
  served.push(one);
  return one;
}

const serveTemplate = (choices: Partial<TemplateChoices>, files: Readonly<Record<string, unknown>> = {}) =>
  serveFiles({
    "manifest.json": MANIFEST,
    "Orders.template.json": templateOf({ issuer: plain.issuer, ...choices }),
    ...files,
  });

const statuses = async (one: Served, path = "/orders") => ({
  none: (await one.ask(path)).status,
  good: (await one.ask(path, bearer(plain.token()))).status,
  forged: (await one.ask(path, bearer(plain.forged()))).status,
});

const RIGHT = { none: 401, good: 200, forged: 401 };

describe("where the issuer is", () => {
  test.each(["", "/", "/realms/one", "/realms/one/", "/oauth2/token"])(
    "4.1, 4.2 an issuer with the path %j",
    async (path) => {
      const issuer = await startPlainIssuer(path, "/a/b/c/.hidden/keys.json");
      const one = await serveTemplate({ issuer: issuer.issuer });
      expect((await one.ask("/orders", bearer(issuer.token()))).status).toBe(200);
      expect((await one.ask("/orders", bearer(issuer.token({ iss: `${issuer.issuer}/` })))).status).toBe(401);
      expect((await one.ask("/orders", bearer(plain.token()))).status).toBe(401);
      await issuer.close();
    },
  );

  test("4.3 one that gives no discovery document stops the start and says which", () => {
    const folder = folderOf({ "Orders.template.json": templateOf({ issuer: "http://127.0.0.1:9/none" }) });
    return expect(serve(folder)).rejects.toThrow(/http:\/\/127\.0\.0\.1:9\/none gives no discovery document/);
  });
});

describe("what a token is asked", () => {
  test("wrong tokens of every kind get 401, a token without the scope 403", async () => {
    const one = await serveTemplate({ audience: ["orders-app", "batch-app", { "Fn::Sub": "${AWS::StackName}-app" }] });
    const now = Math.floor(Date.now() / 1_000);
    const asked = async (token: string, method = "GET") =>
      (await one.ask("/orders", { ...bearer(token), method })).status;
    for (const aud of ["batch-app", "Orders-app", ["other", "orders-app"]])
      expect(await asked(plain.token({ aud }))).toBe(200);
    expect(await asked(plain.token({ aud: undefined, client_id: "batch-app" }))).toBe(200);
    for (const claims of [
      { aud: "other" },
      { aud: [] },
      { aud: "other", client_id: "orders-app" },
      { iss: "http://127.0.0.1:1" },
      { iss: undefined },
      { exp: now - 1 },
      { exp: undefined },
      { nbf: now + 60 },
      { iat: now + 60 },
    ])
      expect([claims, await asked(plain.token(claims))]).toEqual([claims, 401]);
    for (const header of [{ kid: "key-2" }, { kid: undefined }, { alg: "none" }, { alg: "HS256" }, { crit: ["exp"] }])
      expect([header, await asked(plain.token({}, header))]).toEqual([header, 401]);
    for (const token of ["", "abc", `${plain.token()}x`, `${plain.token()}.x`, plain.token().replace(/\.[^.]*$/, ".")])
      expect(await asked(token)).toBe(401);
    expect(await asked(plain.token({ scope: "openid orders:write" }), "POST")).toBe(200);
    expect(await asked(plain.token({ scp: ["orders:admin"] }), "POST")).toBe(200);
    for (const claims of [{}, { scope: "orders:writer" }, { scope: "ORDERS:WRITE" }])
      expect(await asked(plain.token(claims), "POST")).toBe(403);
  });

  test.each([
    ["a list", ["$request.header.Authorization"], { headers: ["authorization"] }],
    ["a text", "$request.header.Authorization", { headers: ["authorization"] }],
    ["another case", ["$request.header.authorization"], { headers: ["AUTHORIZATION"] }],
    ["another header", ["$request.header.X-Token"], { headers: ["x-token"] }],
    ["none", null, { headers: ["authorization"] }],
  ])("1.2, 1.4 the identity source as %s", async (_, identitySource, { headers: [name = ""] }) => {
    const one = await serveTemplate({ identitySource });
    for (const value of [`Bearer ${plain.token()}`, plain.token()])
      expect((await one.ask("/orders", { headers: { [name]: value } })).status).toBe(200);
    expect((await one.ask("/orders", { headers: { "x-other": plain.token() } })).status).toBe(401);
  });

  test("1.3 the identity source in the query", async () => {
    const one = await serveTemplate({ identitySource: ["$request.querystring.access_token"] });
    expect((await one.ask(`/orders?access_token=${plain.token()}`)).status).toBe(200);
    expect((await one.ask(`/orders?Access_Token=${plain.token()}`)).status).toBe(401);
    expect((await one.ask("/orders", bearer(plain.token()))).status).toBe(401);
  });
});

describe("where the stage is", () => {
  test("6.1 a named stage is the first segment of the path; without it 404", async () => {
    const one = await serveTemplate({ stageName: "prod" });
    expect(await statuses(one, "/prod/orders")).toEqual(RIGHT);
    expect(await statuses(one, "/orders")).toEqual({ none: 404, good: 404, forged: 404 });
    const event = (await one.ask("/prod/orders", bearer(plain.token()))).json();
    expect(event).toMatchObject({ rawPath: "/prod/orders", requestContext: { stage: "prod" } });
  });

  test("an API without a stage is served as $default, and named", async () => {
    const one = await serveTemplate({ stageName: undefined });
    expect(await statuses(one)).toEqual(RIGHT);
    expect(one.unserved).toEqual([
      expect.stringMatching(/^Orders\/Api \(AWS::ApiGatewayV2::Stage\): the API has no stage/),
    ]);
  });
});

const ESM = "export const handler = async () => ({ from: import.meta.url.startsWith('file:') ? 'module' : '' });\n";
const ZIPPED = zipSync({ "index.js": Buffer.from(ECHO), "lib/deep/part.js": Buffer.from("exports.part = 1;") });

const inS3 = (S3Key: string) => ({ S3Bucket: "cdk-hnb659fds-assets-1-us-east-1", S3Key });

describe("where the code is", () => {
  test.each<[string, unknown, Readonly<Record<string, unknown>>, object?]>([
    ["inline", { ZipFile: ECHO }, {}],
    [
      "a folder that the CDK's note names",
      inS3("abc.zip"),
      { "asset.x/index.js": ECHO },
      { "aws:asset:path": "asset.x" },
    ],
    ["a zip file that the CDK's note names", inS3("abc.zip"), { "x.zip": ZIPPED }, { "aws:asset:path": "x.zip" }],
    ["a folder by its hash", inS3("abc.zip"), { "asset.abc/index.js": ECHO }],
    ["a zip file by its hash", inS3("abc.zip"), { "asset.abc.zip": ZIPPED }],
    ["a zip file by the key itself", inS3("code/orders.zip"), { "code/orders.zip": ZIPPED }],
    ["a folder by the key itself", inS3("code"), { "code/index.js": ECHO }],
    ["a folder as 'aws cloudformation package' takes it", "./code", { "code/index.js": ECHO }],
    ["CommonJS in .cjs", inS3("code"), { "code/index.cjs": ECHO }],
    ["a module in .mjs", inS3("code"), { "code/index.mjs": ESM }],
    ["a module by its package.json", inS3("code"), { "code/index.js": ESM, "code/package.json": { type: "module" } }],
  ])("%s", async (_, code, files, metadata = {}) => {
    const one = await serveTemplate({ code, metadata }, files);
    expect(await statuses(one)).toEqual(RIGHT);
    expect((await one.ask("/open")).status).toBe(200);
    expect(one.unserved).toEqual([]);
  });

  test("an asset manifest that gives an object's key another name", async () => {
    const assets = {
      version: "36.0.0",
      files: { f00d: { source: { path: "bundle" }, destinations: { here: { objectKey: "my/prefix/f00d-v1.zip" } } } },
    };
    const manifest = {
      ...MANIFEST,
      artifacts: {
        ...MANIFEST.artifacts,
        "Orders.assets": { type: "cdk:asset-manifest", properties: { file: "Orders.assets.json" } },
      },
    };
    const one = await serveTemplate(
      { code: inS3("my/prefix/f00d-v1.zip") },
      { "manifest.json": manifest, "Orders.assets.json": assets, "bundle/index.js": ECHO },
    );
    expect(await statuses(one)).toEqual(RIGHT);
  });

  test("code that is not in the assembly: its route is named and answers 500, the reason in the log", async () => {
    const one = await serveTemplate({ code: inS3("gone.zip") });
    expect(one.unserved[0]).toMatch(/its code "gone.zip" is not in the assembly; its requests answer 500/);
    expect((await one.ask("/orders")).status).toBe(401);
    expect((await one.ask("/open")).status).toBe(500);
    expect(one.records.at(-1)?.localReason).toMatch(/gone\.zip/);
  });

  test("code outside of the assembly is not run: a template is somebody else's text", () => {
    for (const path of [`${"../".repeat(20)}etc`, "/etc"]) {
      const template = templateOf({ issuer: plain.issuer, code: { S3Key: path } });
      const [api] = readAssembly(folderOf({ "Orders.template.json": template })).apis;
      for (const { integration } of api?.routes ?? [])
        expect(integration).toMatchObject({
          kind: "unserved",
          reason: expect.stringContaining("outside of the assembly"),
        });
    }
  });
});

const orders = () => templateOf({ issuer: plain.issuer });

describe("what the folder holds", () => {
  test.each<[string, () => Readonly<Record<string, unknown>>]>([
    ["templates only", () => ({ "Orders.template.json": orders() })],
    ["a template of another name", () => ({ "template.json": orders(), "package.json": { name: "app" } })],
    ["a byte order mark", () => ({ "Orders.template.json": `\uFEFF${JSON.stringify(orders())}` })],
    [
      "a manifest of CDK v1",
      () => ({
        "manifest.json": {
          version: "3.0.0",
          artifacts: {
            Orders: {
              type: "aws:cloudformation:stack",
              environment: "aws://111122223333/eu-west-1",
              properties: { templateFile: "Orders.template.json" },
            },
          },
        },
        "Orders.template.json": orders(),
      }),
    ],
    [
      "a manifest of a schema to come, with artifacts of unknown kinds",
      () => ({
        "manifest.json": {
          version: "99.0.0",
          artifacts: { ...MANIFEST.artifacts, Tree: { type: "cdk:tree" }, What: { type: "cdk:what" }, Null: null },
        },
        "Orders.template.json": orders(),
      }),
    ],
  ])("%s", async (_, files) => {
    expect(await statuses(await serveFiles(files()))).toEqual(RIGHT);
  });

  test("CDK v1's parameters of an asset, without its note on the function", async () => {
    const template = templateOf({
      issuer: plain.issuer,
      code: {
        S3Bucket: { Ref: "AssetBucket" },
        S3Key: {
          "Fn::Join": [
            "",
            [0, 1].map((index) => ({ "Fn::Select": [index, { "Fn::Split": ["||", { Ref: "AssetKey" }] }] })),
          ],
        },
      },
    });
    const data = {
      path: "asset.c0de",
      id: "c0de",
      packaging: "zip",
      sourceHash: "c0de",
      s3BucketParameter: "AssetBucket",
      s3KeyParameter: "AssetKey",
      artifactHashParameter: "AssetHash",
    };
    const { Orders: stack } = MANIFEST.artifacts;
    const one = await serveFiles({
      "manifest.json": {
        version: "3.0.0",
        artifacts: { Orders: { ...stack, metadata: { "/Orders": [{ type: "aws:cdk:asset", data }] } } },
      },
      "Orders.template.json": {
        ...template,
        Parameters: { AssetBucket: { Type: "String" }, AssetKey: { Type: "String" } },
      },
      "asset.c0de/index.js": ECHO,
    });
    expect(await statuses(one)).toEqual(RIGHT);
    expect(one.unserved).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["nothing", {}, "assembly-missing"],
    ["a template in YAML only", { "template.yaml": "Resources: {}" }, "assembly-missing"],
    ["broken JSON", { "manifest.json": "{" }, "assembly-broken"],
    ["a list for a manifest", { "manifest.json": "[]" }, "assembly-broken"],
    ["a template that the manifest names and that is not there", { "manifest.json": MANIFEST }, "assembly-missing"],
    ["no HTTP API", { "a.template.json": { Resources: { Topic: { Type: "AWS::SNS::Topic" } } } }, "api-missing"],
  ])("%s is told in four parts", (_, files, code) => {
    try {
      readAssembly(folderOf(files));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Mistake);
      expect((error as Mistake).code).toBe(code);
    }
  });
});
