// Assemblies that no CDK of today writes as a whole: each is the least that shows one way in which an app may say something
// that only a deployment knows, or that a reader might leave out. Written as files by path.

type Files = Readonly<Record<string, unknown>>;
type Json = Readonly<Record<string, unknown>>;

/** Answers its variables that begin with X_. */
const SHOWS_VARIABLES =
  "exports.handler = async () => Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('X_')));";
const HASH = "a".repeat(64);
const API = { Type: "AWS::ApiGatewayV2::Api", Properties: { ProtocolType: "HTTP", Name: "api" } };
const STAGE = {
  Type: "AWS::ApiGatewayV2::Stage",
  Properties: { ApiId: { Ref: "Api" }, StageName: "$default", AutoDeploy: true },
};

const func = (more: Json = {}, code: Json = { ZipFile: SHOWS_VARIABLES }) => ({
  Type: "AWS::Lambda::Function",
  Properties: { Runtime: "nodejs22.x", Handler: "index.handler", Code: code, Role: "arn:aws:iam::1:role/r", ...more },
});

const integration = (name: string) => ({
  Type: "AWS::ApiGatewayV2::Integration",
  Properties: {
    ApiId: { Ref: "Api" },
    IntegrationType: "AWS_PROXY",
    PayloadFormatVersion: "2.0",
    IntegrationUri: { "Fn::GetAtt": [name, "Arn"] },
  },
});

const permission = (name: string) => ({
  Type: "AWS::Lambda::Permission",
  Properties: {
    Action: "lambda:InvokeFunction",
    FunctionName: { Ref: name },
    Principal: "apigateway.amazonaws.com",
  },
});

const route = (key: unknown, more: Json = {}) => ({
  Type: "AWS::ApiGatewayV2::Route",
  Properties: {
    ApiId: { Ref: "Api" },
    RouteKey: key,
    Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
    ...more,
  },
});

const GUARDED = { AuthorizationType: "JWT", AuthorizerId: { Ref: "Jwt" } };

const jwt = (issuer: unknown, audience: unknown = ["app"]) => ({
  Type: "AWS::ApiGatewayV2::Authorizer",
  Properties: {
    ApiId: { Ref: "Api" },
    AuthorizerType: "JWT",
    Name: "Jwt",
    IdentitySource: ["$request.header.Authorization"],
    JwtConfiguration: { Issuer: issuer, Audience: audience },
  },
});

const base = (more: Json): Json => ({
  Api: API,
  Stage: STAGE,
  Function: func(),
  MayCall: permission("Function"),
  Integration: integration("Function"),
  ...more,
});

const template = (resources: Json, more: Json = {}): Files => ({
  "S.template.json": { ...more, Resources: resources },
});

const POOL = {
  Pool: { Type: "AWS::Cognito::UserPool" },
  Client: { Type: "AWS::Cognito::UserPoolClient", Properties: { UserPoolId: { Ref: "Pool" } } },
};

const manifest = (more: Json = {}, metadata: Json = {}) => ({
  version: "36.0.0",
  artifacts: {
    ...more,
    S: {
      type: "aws:cloudformation:stack",
      environment: "aws://unknown-account/unknown-region",
      properties: { templateFile: "S.template.json" },
      metadata,
    },
  },
});

const guardedBy = (issuer: unknown, audience?: unknown, more: Json = {}): Files =>
  template(base({ Jwt: jwt(issuer, audience), Me: route("GET /me", GUARDED) }), more);

const withVariables = (variables: Json, more: Json = {}): Files =>
  template(base({ ...more, Function: func({ Environment: { Variables: variables } }), Show: route("GET /show") }));

/** By a name that a test can show. */
export const SMALL_ASSEMBLIES = {
  "issuer of a Cognito pool": template(
    base({
      ...POOL,
      Jwt: jwt({ "Fn::GetAtt": ["Pool", "ProviderURL"] }, [{ Ref: "Client" }]),
      Me: route("GET /me", GUARDED),
    }),
  ),
  "issuer of a Cognito pool by its name": template(
    base({
      ...POOL,
      Jwt: jwt({ "Fn::Sub": "https://${Pool.ProviderName}" }, [{ Ref: "Client" }]),
      Me: route("GET /me", GUARDED),
    }),
  ),
  "issuer of a parameter of Systems Manager": guardedBy({ Ref: "Issuer" }, [{ Ref: "Audience" }], {
    Parameters: {
      Issuer: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/auth/issuer" },
      Audience: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/auth/audience" },
    },
  }),
  "issuer of a dynamic reference": guardedBy("{{resolve:ssm:/auth/issuer}}"),
  "issuer of another app's export": guardedBy({ "Fn::ImportValue": "shared-issuer" }),
  "issuer of a custom resource": template(
    base({
      Tenant: { Type: "Custom::Tenant", Properties: { ServiceToken: "arn:aws:lambda:us-east-1:1:function:tenants" } },
      Jwt: jwt({ "Fn::GetAtt": ["Tenant", "Issuer"] }),
      Me: route("GET /me", GUARDED),
    }),
  ),
  "nested stack without the CDK's note": {
    "manifest.json": manifest({ "S.assets": { type: "cdk:asset-manifest", properties: { file: "S.assets.json" } } }),
    "S.assets.json": {
      version: "36.0.0",
      files: {
        [HASH]: {
          source: { path: "Nested.template.json", packaging: "file" },
          destinations: { here: { bucketName: "b", objectKey: `${HASH}.json` } },
        },
      },
    },
    "S.template.json": {
      Resources: {
        Nested: {
          Type: "AWS::CloudFormation::Stack",
          Properties: {
            TemplateURL: { "Fn::Sub": `https://s3.\${AWS::Region}.\${AWS::URLSuffix}/assets/${HASH}.json` },
          },
        },
      },
    },
    "Nested.template.json": { Resources: base({ Show: route("GET /show") }) },
  },
  "nested stack whose template is elsewhere": template(
    base({
      Show: route("GET /show"),
      Nested: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "https://s3.amazonaws.com/b/t.json" } },
    }),
  ),
  "assets of CDK v1": {
    "manifest.json": manifest(
      {},
      {
        "/S": [
          {
            type: "aws:cdk:asset",
            data: {
              path: "asset.1",
              packaging: "zip",
              sourceHash: "1",
              s3BucketParameter: "Bucket",
              s3KeyParameter: "Key",
              artifactHashParameter: "ArtifactHash",
            },
          },
        ],
      },
    ),
    "asset.1/index.js": SHOWS_VARIABLES,
    "S.template.json": {
      Parameters: { Bucket: { Type: "String" }, Key: { Type: "String" }, ArtifactHash: { Type: "String" } },
      Resources: base({
        Show: route("GET /show"),
        Function: func(
          {},
          {
            S3Bucket: { Ref: "Bucket" },
            S3Key: {
              "Fn::Join": [
                "",
                [0, 1].map((index) => ({ "Fn::Select": [index, { "Fn::Split": ["||", { Ref: "Key" }] }] })),
              ],
            },
          },
        ),
      }),
    },
  },
  "code outside of the assembly": template(
    base({
      Show: route("GET /show"),
      Outside: { ...func({}, { S3Key: `${HASH}.zip` }), Metadata: { "aws:asset:path": ".." } },
      OutsideIntegration: integration("Outside"),
      OutsideRoute: route("GET /outside", { Target: { "Fn::Sub": "integrations/${OutsideIntegration}" } }),
    }),
  ),
  "a route of another app's API": template(
    base({
      Show: route("GET /show"),
      Foreign: route("GET /foreign", { ApiId: "abc123defg", Target: "integrations/xyz" }),
    }),
  ),
  "routes of an imported API only": template({
    Function: func(),
    MayCall: permission("Function"),
    Integration: {
      ...integration("Function"),
      Properties: { ...integration("Function").Properties, ApiId: { "Fn::ImportValue": "shared-api" } },
    },
    Show: route("GET /show", { ApiId: { "Fn::ImportValue": "shared-api" } }),
  }),
  "a layer of AWS": template(
    base({
      Show: route("GET /show"),
      Function: func({ Layers: ["arn:aws:lambda:us-east-1:094274105915:layer:Powertools:30"] }),
    }),
  ),
  "a document that a transform makes": template({
    Api: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: { Body: { "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: "s3://b/api.yaml" } } } },
    },
    Stage: STAGE,
  }),
  "a transform of the whole template": template(base({ Show: route("GET /show") }), { Transform: ["Company::Macro"] }),
  "routes in a loop": template(
    base({
      Show: route("GET /show"),
      "Fn::ForEach::Routes": ["Name", ["a", "b-c"], { "Route&{Name}": route({ "Fn::Sub": "GET /${Name}" }) }],
    }),
    { Transform: "AWS::LanguageExtensions" },
  ),
  "a loop over what is not known": template(
    base({
      Show: route("GET /show"),
      "Fn::ForEach::Routes": ["Name", { Ref: "Names" }, { "Route${Name}": route({ "Fn::Sub": "GET /${Name}" }) }],
    }),
    { Parameters: { Names: { Type: "CommaDelimitedList" } }, Transform: "AWS::LanguageExtensions" },
  ),
  "variables that a deployment knows": withVariables(
    {
      X_POOL: { "Fn::GetAtt": ["Pool", "ProviderURL"] },
      X_SECRET: "{{resolve:secretsmanager:db:SecretString:password}}",
      X_IMPORT: { "Fn::ImportValue": "nowhere" },
      X_ENDPOINT: { "Fn::GetAtt": ["Database", "Endpoint.Address"] },
      X_PLAIN: "/users/{id}",
    },
    { Pool: POOL.Pool, Database: { Type: "AWS::RDS::DBCluster" } },
  ),
  "names of what functions talk to": withVariables(
    {
      X_QUEUE: { Ref: "Queue" },
      X_QUEUE_ARN: { "Fn::GetAtt": ["Queue", "Arn"] },
      X_TOPIC: { Ref: "Topic" },
      X_TABLE: { Ref: "Table" },
      X_TABLE_ARN: { "Fn::GetAtt": ["Table", "Arn"] },
      X_SECRET: { Ref: "Secret" },
      X_MACHINE: { Ref: "Machine" },
      X_BUCKET_ARN: { "Fn::GetAtt": ["Bucket", "Arn"] },
      X_BUS_ARN: { "Fn::GetAtt": ["Bus", "Arn"] },
      X_STREAM_ARN: { "Fn::GetAtt": ["Stream", "Arn"] },
      X_KEY_ARN: { "Fn::GetAtt": ["Key", "Arn"] },
      X_ROLE_ARN: { "Fn::GetAtt": ["Role", "Arn"] },
      X_PARAMETER: { Ref: "Parameter" },
      X_POOL: { Ref: "Pool" },
      X_CLIENT: { Ref: "Client" },
    },
    {
      ...POOL,
      Queue: { Type: "AWS::SQS::Queue" },
      Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "news" } },
      Table: { Type: "AWS::DynamoDB::Table", Properties: { TableName: "orders" } },
      Secret: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "db" } },
      Machine: { Type: "AWS::StepFunctions::StateMachine" },
      Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName: "files" } },
      Bus: { Type: "AWS::Events::EventBus", Properties: { Name: "bus" } },
      Stream: { Type: "AWS::Kinesis::Stream", Properties: { Name: "clicks" } },
      Key: { Type: "AWS::KMS::Key" },
      Role: { Type: "AWS::IAM::Role", Properties: { RoleName: "worker" } },
      Parameter: { Type: "AWS::SSM::Parameter", Properties: { Name: "/a/b", Type: "String", Value: "c" } },
    },
  ),
  "a function in Python": template(
    base({
      Show: route("GET /show"),
      Function: func({ Runtime: "python3.13" }, { ZipFile: "def handler(e, c): ..." }),
    }),
  ),
  "functions that run elsewhere": template(
    base({
      Function: func({ Runtime: "python3.13", FunctionName: "shop-orders" }, { S3Bucket: "b", S3Key: "k" }),
      Guard: {
        Type: "AWS::Lambda::Function",
        Properties: { PackageType: "Image", Code: { ImageUri: "registry.example.com/guard:1" }, Timeout: 1 },
      },
      GuardMayBeCalled: permission("Guard"),
      Image: {
        Type: "AWS::ApiGatewayV2::Authorizer",
        Properties: {
          ApiId: { Ref: "Api" },
          AuthorizerType: "REQUEST",
          Name: "Image",
          AuthorizerPayloadFormatVersion: "2.0",
          EnableSimpleResponses: true,
          IdentitySource: ["$request.header.Authorization"],
          AuthorizerUri: {
            "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Guard.Arn}/invocations",
          },
        },
      },
      Show: route("GET /show"),
      Guarded: route("GET /guarded", { AuthorizationType: "CUSTOM", AuthorizerId: { Ref: "Image" } }),
      Elsewhere: {
        Type: "AWS::ApiGatewayV2::Integration",
        Properties: {
          ApiId: { Ref: "Api" },
          IntegrationType: "AWS_PROXY",
          PayloadFormatVersion: "2.0",
          IntegrationUri: "arn:aws:lambda:eu-central-1:123456789012:function:prices",
        },
      },
      Imported: route("GET /prices", { Target: { "Fn::Sub": "integrations/${Elsewhere}" } }),
    }),
  ),
  "a WebSocket API only": template({
    Socket: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: { ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action" },
    },
    Connect: {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: { ApiId: { Ref: "Socket" }, RouteKey: "$connect" },
    },
  }),
} satisfies Readonly<Record<string, Files>>;

export type SmallAssembly = keyof typeof SMALL_ASSEMBLIES;
