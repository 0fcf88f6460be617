import { Mistake } from "../findings/mistake.ts";

/** What a stack of this project says of itself (`cdk deploy --outputs-file`). */
export interface DeployedOutputs {
  readonly stack: string;
  readonly url: string;
  /**
   * The host of the region's own endpoint, where the stack is one region's and its API has a domain: the name leads to
   * the nearest region only. Undefined: the URL's host.
   */
  readonly endpoint: string | undefined;
  readonly issuer: string | undefined;
  /** With commas, as the stack writes it. */
  readonly audience: string | undefined;
}

export interface OutputsRequest {
  /** The file's text. */
  readonly text: string;
  /** Its name, for messages. */
  readonly file: string;
  /** The environment's name, for messages. Undefined for an app's any stack. */
  readonly environment: string | undefined;
  /** Its stack's name, to which several regions each add their own. @default - `Gatehouse-ENVIRONMENT` */
  readonly stackName?: string | undefined;
  /** The stack to take. @default - the environment's, where there is one */
  readonly stack?: string | undefined;
}

/**
 * Reads where an environment's API answers out of an outputs file.
 * @returns one for each of its regions, in the file's order; at least one
 * @throws Mistake `outputs-broken`, `outputs-no-stack`, `outputs-several-stacks`
 */
export function readOutputs(request: OutputsRequest): readonly DeployedOutputs[] {
  const { text, file, environment, stack } = request;
  const stacks = parse(text, file);
  const name = environment === undefined ? undefined : (request.stackName ?? `Gatehouse-${environment}`);
  const fitting = Object.entries(stacks).flatMap(([id, outputs]) => {
    const isWanted = stack === undefined ? name === undefined || id === name || isRegionOf(id, name) : id === stack;
    const deployed = isWanted ? deployedOf(id, outputs, name !== undefined && isRegionOf(id, name)) : undefined;
    return deployed ? [deployed] : [];
  });
  const say = {
    got: `${file} holds ${Object.keys(stacks).join(", ") || "no stack"}`,
    expected: `${stack ?? name ?? "a stack"} with its output ApiUrl`,
  };
  const [found] = fitting;
  if (!found)
    throw new Mistake("outputs-no-stack", {
      what: `the outputs file holds no stack of this ${environment === undefined ? "app with an address" : "environment"}`,
      ...say,
      fix:
        environment === undefined
          ? "add an output ApiUrl to the stack, or give --url URL"
          : `npx cdk deploy -c env=${environment} --outputs-file ${file}`,
    });
  const apis = distinct(fitting);
  if (environment === undefined && apis.length > 1)
    throw new Mistake("outputs-several-stacks", {
      what: "several stacks have an address",
      ...say,
      expected: "one of them",
      fix: `--stack ${found.stack}`,
    });
  return apis;
}

/** `Gatehouse-prod-eu-central-1` is a region of `Gatehouse-prod`; `Gatehouse-prod-blue` is another environment. */
const isRegionOf = (id: string, name: string) =>
  id.startsWith(`${name}-`) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(id.slice(name.length + 1));

type Outputs = Readonly<Record<string, unknown>>;

/** A domain of its own comes first: the execute-api address may be off behind it. */
function deployedOf(stack: string, outputs: Outputs, isRegion: boolean): DeployedOutputs | undefined {
  const outputOf = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  const url = outputOf("DomainUrl") ?? outputOf("ApiUrl");
  if (url === undefined) return undefined;
  const endpoint = isRegion && outputOf("DomainUrl") !== undefined ? outputOf("DomainTarget") : undefined;
  return { stack, url, endpoint, issuer: outputOf("Issuer"), audience: outputOf("Audience") };
}

/** Regions behind one name that do not say their own endpoints are one API to a caller, who gets the nearest. */
const distinct = (found: readonly DeployedOutputs[]): readonly DeployedOutputs[] =>
  found.filter(
    ({ url, endpoint }, at) => found.findIndex((other) => other.url === url && other.endpoint === endpoint) === at,
  );

function parse(text: string, file: string): Readonly<Record<string, Outputs>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Mistake("outputs-broken", {
      what: "the outputs file cannot be read",
      got: `${file} is no JSON object`,
      expected: '{"Gatehouse-dev": {"ApiUrl": "https://…"}}',
      fix: `npx cdk deploy --outputs-file ${file}`,
    });
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, Outputs] => typeof entry[1] === "object" && entry[1] !== null,
    ),
  );
}
