import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, type ScalarTag } from "yaml";
import type { Json } from "../../lib/json/json.ts";
import { GivenValues } from "../../lib/template/given-values.ts";
import { Resolution } from "../../lib/template/resolution.ts";
import { StackValues } from "../../lib/template/stack-values.ts";
import { CHECKOUT } from "../project-copy.ts";
import type { Statement } from "./iam-policy.ts";

export const ACCOUNT_FILE: string = join(CHECKOUT, "docs", "deploy", "account.yaml");

const FUNCTIONS = ["Sub", "If", "Equals", "Not", "And", "Or"];

const scalarTag = (name: string): ScalarTag => ({
  tag: `!${name}`,
  resolve: (text) => (name === "Ref" ? { Ref: text } : { [`Fn::${name}`]: name === "GetAtt" ? text.split(".") : text }),
});

const TAGS = [
  ...["Ref", "GetAtt", "Sub"].map(scalarTag),
  ...FUNCTIONS.map((name) => ({
    tag: `!${name}`,
    collection: "seq" as const,
    resolve: (items: { toJSON(): unknown }) => ({ [`Fn::${name}`]: items.toJSON() }),
  })),
];

/** A template of CloudFormation in YAML, with the short forms of its functions written out. */
const readYamlTemplate = (text: string): Json => parse(text, { customTags: TAGS }) as Json;

export const ACCOUNT = "123456789012";

/** The account's stack with these parameters. */
export class AccountStack {
  readonly #values: StackValues;

  constructor(parameters: Readonly<Record<string, string>>) {
    const template = readYamlTemplate(readFileSync(ACCOUNT_FILE, "utf8"));
    const files = {
      name: "account",
      directory: "",
      root: "",
      template,
      account: ACCOUNT,
      region: "eu-central-1",
      isAccountKnown: true,
      isRegionKnown: true,
      assets: new Map<string, string>(),
      assetParameters: {},
    };
    this.#values = new StackValues(files, {
      siblings: () => [],
      given: (name) => parameters[name],
      values: new GivenValues(),
      resolution: new Resolution(),
    });
  }

  /** The logical ids of the resources whose conditions hold. */
  get resources(): readonly string[] {
    return [...this.#values.resources.keys()];
  }

  /** What `Ref` gives for a resource. */
  ref(logicalId: string): string {
    return String(this.#values.resolve({ Ref: logicalId }));
  }

  /** The statements of a managed policy, of a role's own policies, or of who may become it. */
  statements(
    logicalId: string,
    member: "PolicyDocument" | "Policies" | "AssumeRolePolicyDocument",
  ): readonly Statement[] {
    const resource = this.#values.resources.get(logicalId);
    if (!resource) throw new Error(`the template has no ${logicalId}`);
    const { [member]: found } = this.#values.propertiesOf(resource) as Record<string, unknown>;
    const documents = member === "Policies" ? (found as { PolicyDocument: Document }[]) : [{ PolicyDocument: found }];
    return documents.flatMap(({ PolicyDocument }) => (PolicyDocument as Document).Statement);
  }
}

interface Document {
  readonly Statement: readonly Statement[];
}
