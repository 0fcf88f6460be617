import { Mistake } from "../findings/mistake.ts";

/** What a stack of this project says of itself (`cdk deploy --outputs-file`). */
export interface DeployedOutputs {
  readonly stack: string;
  readonly url: string;
  readonly issuer: string | undefined;
  /** With commas, as the stack writes it. */
  readonly audience: string | undefined;
}

export interface OutputsRequest {
  /** The file's text. */
  readonly text: string;
  /** Its name, for messages. */
  readonly file: string;
  /** The environment's name: its stack is `Gatehouse-NAME`, or one for each region. Undefined for an app's any stack. */
  readonly environment: string | undefined;
  /** The stack to take. @default - the environment's, where there is one */
  readonly stack?: string | undefined;
}

/**
 * Reads where an environment's API answers out of an outputs file.
 * @throws Mistake `outputs-broken`, `outputs-no-stack`, `outputs-several-stacks`
 */
export function readOutputs({ text, file, environment, stack }: OutputsRequest): DeployedOutputs {
  const stacks = parse(text, file);
  const name = environment === undefined ? undefined : `Gatehouse-${environment}`;
  const fitting = Object.entries(stacks).filter(([id, outputs]) => {
    const isWanted = stack === undefined ? name === undefined || id === name || isRegionOf(id, name) : id === stack;
    return isWanted && urlOf(outputs) !== undefined;
  });
  const [found, ...rest] = fitting;
  // Regions behind one name are one API to a caller, who gets the nearest.
  const others = rest.filter(([, outputs]) => found && urlOf(outputs) !== urlOf(found[1]));
  const say = {
    got: `${file} holds ${Object.keys(stacks).join(", ") || "no stack"}`,
    expected: `${stack ?? name ?? "a stack"} with its output ApiUrl`,
  };
  if (!found)
    throw new Mistake("outputs-no-stack", {
      what: `the outputs file holds no stack of this ${environment === undefined ? "app with an address" : "environment"}`,
      ...say,
      fix:
        environment === undefined
          ? "add an output ApiUrl to the stack, or give --url URL"
          : `npx cdk deploy -c env=${environment} --outputs-file ${file}`,
    });
  if (others.length > 0)
    throw new Mistake("outputs-several-stacks", {
      what:
        environment === undefined ? "several stacks have an address" : "the environment has a stack in several regions",
      ...say,
      expected: "one of them",
      fix: `--stack ${found[0]}`,
    });
  const [id, outputs] = found;
  const outputOf = (key: string) => (typeof outputs[key] === "string" ? outputs[key] : undefined);
  return { stack: id, url: urlOf(outputs) ?? "", issuer: outputOf("Issuer"), audience: outputOf("Audience") };
}

/** `Gatehouse-prod-eu-central-1` is a region of `Gatehouse-prod`; `Gatehouse-prod-blue` is another environment. */
const isRegionOf = (id: string, name: string) =>
  id.startsWith(`${name}-`) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(id.slice(name.length + 1));

type Outputs = Readonly<Record<string, unknown>>;

/** A domain of its own comes first: the execute-api address may be off behind it. */
const urlOf = (outputs: Outputs): string | undefined =>
  [outputs.DomainUrl, outputs.ApiUrl].find((value): value is string => typeof value === "string");

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
