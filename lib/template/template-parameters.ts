import { mistyped } from "../findings/did-you-mean.ts";
import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";
import { textOf, texts } from "./cloud-assembly.ts";

/** A stack of the top level, as far as its parameters go. */
export interface ParameterStack {
  readonly name: string;
  readonly parameters: Json;
}

/** What a parameter takes, where a value is not of it; undefined where it is. Both are checked by CloudFormation (9.13, DOC). */
export function parameterFault(definition: Json, value: string): string | undefined {
  // Those of Systems Manager constrain what is stored there.
  if (textOf(definition.Type).startsWith("AWS::SSM::")) return undefined;
  const isList = /^(CommaDelimitedList|List<)/.test(textOf(definition.Type));
  const items = isList ? value.split(",").map((item) => item.trim()) : [value];
  const allowed = definition.AllowedValues === undefined ? undefined : texts(definition.AllowedValues);
  if (allowed && items.some((item) => !allowed.includes(item))) return `one of ${allowed.join(", ")}`;
  const { AllowedPattern: pattern } = definition;
  if (typeof pattern === "string" && items.some((item) => patternOf(pattern)?.test(item) === false))
    return `a text that fits ${pattern}`;
  return undefined;
}

/** CloudFormation's are Java's; one that is none of JavaScript's is left as it is. */
function patternOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return undefined;
  }
}

/**
 * Refuses values for parameters that no template has, and values that a parameter does not take.
 * @param given by `Name`, or `Stack:Name` for one stack only
 * @throws Mistake `parameter-unknown`, `parameter-not-allowed`
 */
export function checkGivenParameters(given: Readonly<Record<string, string>>, stacks: readonly ParameterStack[]): void {
  for (const [name, value] of Object.entries(given)) {
    const [, stack, parameter = name] = /^([^:]+):(.+)$/.exec(name) ?? [];
    const meant = stacks.filter((one) => stack === undefined || one.name === stack);
    const definitions = meant.map(({ parameters }) => parameters[parameter]).filter(isJson);
    if (definitions.length === 0) throw unknownParameter(name, stacks);
    for (const definition of definitions) {
      const fault = parameterFault(definition, value);
      if (fault !== undefined)
        throw new Mistake("parameter-not-allowed", {
          what: `the parameter ${parameter} does not take that value; CloudFormation would refuse it`,
          got: value,
          expected: fault,
          fix: `--parameters ${name}=VALUE, with one that it takes`,
        });
    }
  }
}

/** Parameters that every CDK stack has and nobody sets. */
const OWN_OF_CDK = "BootstrapVersion";

function unknownParameter(name: string, stacks: readonly ParameterStack[]): Mistake {
  const known = stacks.flatMap((stack) => {
    const names = Object.keys(stack.parameters).filter((one) => one !== OWN_OF_CDK);
    return name.includes(":") ? names.map((one) => `${stack.name}:${one}`) : names;
  });
  const near = mistyped(name, known);
  return new Mistake("parameter-unknown", {
    what: "no template of the assembly has that parameter; CloudFormation would refuse it",
    got: `--parameters ${name}=…`,
    expected: known.length === 0 ? "none: the templates have no parameters" : [...new Set(known)].join(", "),
    fix: near === undefined ? "take it away, or write its name as the template does" : `--parameters ${near}=VALUE`,
  });
}
