import { tagProblems } from "../aws/tags.ts";
import { isJson, type Json } from "../json/json.ts";
import { textOf } from "../template/cloud-assembly.ts";
import type { StackValues } from "../template/stack-values.ts";
import { parameterFault } from "../template/template-parameters.ts";
import { deploymentFinding } from "./deployment-finding.ts";
import type { DeploymentFinding } from "./model.ts";

/** Finds what AWS refuses of a stack, whatever its APIs are: tags, and the defaults of its parameters. */
export function checkStack(stack: StackValues): readonly DeploymentFinding[] {
  return [...tagFindings(stack), ...parameterFindings(stack)];
}

function tagFindings(stack: StackValues): readonly DeploymentFinding[] {
  return [...stack.resources.values()].flatMap(({ logicalId, type, properties }) =>
    tagProblems(tagNames(stack.resolve(properties.Tags)))
      // Only IAM knows no case; others keep both (9.9).
      .filter(({ code }) => code === "tag-reserved" || type.startsWith("AWS::IAM::"))
      .map(({ code, got }) => deploymentFinding(code, `${stack.files.name}/${logicalId}`, got)),
  );
}

/** The names of `[{ Key, Value }]`, or of `{ name: value }`. */
const tagNames = (tags: unknown): readonly string[] => {
  if (Array.isArray(tags)) return tags.flatMap((one: unknown) => (isJson(one) ? textOf(one.Key) : []));
  return isJson(tags) ? Object.keys(tags) : [];
};

function parameterFindings(stack: StackValues): readonly DeploymentFinding[] {
  const name = stack.files.name;
  const parameters: Json = stack.parameters;
  return [
    ...Object.entries(parameters).flatMap(([parameter, definition]) => {
      if (!isJson(definition) || definition.Default === undefined) return [];
      const fault = parameterFault(definition, textOf(definition.Default));
      return fault === undefined
        ? []
        : [
            deploymentFinding("parameter-default", `${name}/${parameter}`, textOf(definition.Default), {
              expected: fault,
            }),
          ];
    }),
    ...stack.passedParameters
      .filter((one) => !Object.hasOwn(parameters, one))
      .map((one) => deploymentFinding("parameter-undefined", `${name}/${one}`, "the stack that nests it passes it")),
  ];
}
