import { textOf } from "./cloud-assembly.ts";
import type { Resource } from "./resource-names.ts";
import type { StackValues } from "./stack-values.ts";

/**
 * Where the template of a nested stack lies in the assembly: by the CDK's note on the resource, or by the object that
 * `TemplateURL` names, which the asset manifest knows.
 * @returns a path from the stack's folder; undefined where the assembly does not say it
 */
export function nestedTemplatePath(stack: StackValues, { metadata, properties }: Resource): string | undefined {
  const noted = metadata["aws:asset:path"];
  if (typeof noted === "string") return noted;
  const object = textOf(stack.resolve(properties.TemplateURL)).replace(/^.*\//, "");
  const { assets } = stack.files;
  return assets.get(object) ?? assets.get(object.replace(/\.[^.]*$/, ""));
}
