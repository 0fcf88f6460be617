import { type NewStack, stackLines } from "./entry-file.ts";

// What `init` writes. It is the reader's code from then on, so it is written to be read and changed.

/** The files of a project that hold code, as `init` makes them. */
export const STACK_FILE = "lib/protected-api-stack.ts";
export const HANDLER_FILE = "lambda/protected-api.ts";
/** The name of its context in cdk.json. */
export const CONTEXT = "gatehouse";

export const STACK: Omit<NewStack, "module" | "isEsm"> = { className: "ProtectedApiStack", id: "ProtectedApi" };

export const stackText: string = `import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";
import { ProtectedHttpApi } from "gatehouse";

/** Whose tokens the API takes: "${CONTEXT}" in cdk.json, by the name of the environment. */
interface Environment {
  readonly issuer: string;
  readonly audience: string[];
}

/** An HTTP API behind a JWT authorizer. A route is public only if it says so. */
export class ProtectedApiStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const { issuer, audience } = environmentOf(this);

    const handler = new NodejsFunction(this, "Handler", {
      entry: "${HANDLER_FILE}",
      runtime: Runtime.NODEJS_24_X,
      // Breakpoints and traces in TypeScript: gatehouse local --inspect.
      bundling: { sourceMap: true, sourcesContent: false },
    });
    const api = new ProtectedHttpApi(this, "Api", {
      authorizer: new HttpJwtAuthorizer("Jwt", issuer, { jwtAudience: audience }),
      integration: new HttpLambdaIntegration("Handler", handler, { scopePermissionToRoute: false }),
      routes: [
        { method: HttpMethod.GET, path: "/health", public: true },
        { method: HttpMethod.GET, path: "/me" },
        { method: HttpMethod.GET, path: "/orders", scopes: ["orders:read"] },
      ],
    });
    new CfnOutput(this, "ApiUrl", { value: api.url });
  }
}

/** The environment of -c env=NAME, "dev" without it. */
function environmentOf({ node }: Construct): Environment {
  const name: string = node.tryGetContext("env") ?? "dev";
  const environment: Environment | undefined = node.tryGetContext("${CONTEXT}")?.[name];
  if (!environment) throw new Error(\`cdk.json has no "\${name}" in "${CONTEXT}" of its context\`);
  return environment;
}
`;

export const handlerText = `/** What API Gateway hands on of a request whose token it accepted (payload format 2.0). */
interface Event {
  readonly requestContext: {
    readonly authorizer?: {
      readonly jwt: { readonly claims: Record<string, string>; readonly scopes: string[] | null };
    };
  };
}

/** Answers with the claims of the caller; null on a public route. */
export const handler = async ({ requestContext }: Event) => {
  const claims = requestContext.authorizer?.jwt.claims ?? null;
  return { claims };
};
`;

export const APP_FILE = "bin/app.ts";

export const appText: string = [
  'import { App } from "aws-cdk-lib";',
  stackLines({ ...STACK, module: "../lib/protected-api-stack", isEsm: false }, "app")[0],
  "",
  "const app = new App();",
  stackLines({ ...STACK, module: "", isEsm: false }, "app")[1],
  "",
].join("\n");

export const tsconfig: object = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2022",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    isolatedModules: true,
    types: ["node"],
  },
  exclude: ["node_modules", "cdk.out", ".gatehouse"],
};

/** VS Code's: `local` with a debugger in the function, and what stops at breakpoints in its TypeScript. */
export const LAUNCH: Readonly<Record<"configurations" | "compounds", readonly object[]>> = {
  configurations: [
    {
      name: "gatehouse local",
      type: "node",
      request: "launch",
      program: "${workspaceFolder}/node_modules/gatehouse/bin/gatehouse.mjs",
      args: ["local", "--inspect"],
      autoAttachChildProcesses: false,
      console: "integratedTerminal",
    },
    {
      name: "function (9229)",
      type: "node",
      request: "attach",
      address: "127.0.0.1",
      port: 9229,
      restart: { delay: 200, maxAttempts: 50 },
      resolveSourceMapLocations: ["**", "!**/node_modules/**"],
      skipFiles: ["<node_internals>/**", "**/function-runtime.mjs"],
    },
  ],
  compounds: [
    {
      name: "gatehouse local, with breakpoints",
      configurations: ["gatehouse local", "function (9229)"],
      stopAll: true,
    },
  ],
};
