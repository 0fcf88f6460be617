import type { CommandEntry } from "../command.ts";

/**
 * The commands, in the order of the help. A command's module is loaded when the command is called, so that --help answers
 * at once.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "local",
    about: "run the deployed template on this machine",
    load: async () => (await import("./local.ts")).local,
  },
  {
    name: "init",
    about: "add a protected API to a CDK app, or make a new app in an empty folder",
    load: async () => (await import("./init.ts")).init,
  },
  {
    name: "demo",
    about: "walk the article's four steps and check each answer",
    load: async () => (await import("./demo.ts")).demo,
  },
  {
    name: "token",
    about: "print a token of the running issuer, valid or flawed",
    load: async () => (await import("./token.ts")).token,
  },
  {
    name: "env",
    about: "write .env, .http, Postman and OpenAPI files of what runs, for any client",
    load: async () => (await import("./env.ts")).env,
  },
  {
    name: "explain",
    about: "explain why a token is accepted or rejected",
    load: async () => (await import("./explain.ts")).explain,
  },
  {
    name: "doctor",
    about: "check that API Gateway (or the Lambda authorizer) can use an issuer",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "check",
    about: "find what AWS would reject in a template, before a deployment",
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "smoke",
    about: "send valid and forged tokens to a deployed API and check its answers",
    load: async () => (await import("./smoke.ts")).smoke,
  },
  {
    name: "conformance",
    about: "run the conformance suite against a gateway",
    load: async () => (await import("./conformance.ts")).conformance,
  },
  {
    name: "mirror",
    about: "call the bundled Lambda authorizer as API Gateway does",
    load: async () => (await import("./mirror.ts")).mirror,
  },
  {
    name: "wso2 register",
    about: "create an application in a real WSO2 that gets JWTs by client credentials, and prove it",
    load: async () => (await import("./wso2-register.ts")).wso2Register,
  },
  {
    name: "wso2 token",
    about: "print a token of a real WSO2, for an application or a person",
    load: async () => (await import("./wso2-token.ts")).wso2Token,
  },
];
