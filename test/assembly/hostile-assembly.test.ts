import { execFileSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import { folderOf, MANIFEST, templateOf } from "./handwritten.ts";

// What somebody else's template can hold to hang, fill or lead astray the one who serves it.

interface Template {
  Resources: Record<string, { Type?: unknown; Properties?: Record<string, unknown>; [more: string]: unknown }>;
  [section: string]: unknown;
}

const ISSUER = "https://login.example.com/realms/web";

/** A good template, changed. */
function changed(change: (template: Template) => void): Template {
  const template = structuredClone(templateOf({ issuer: ISSUER })) as unknown as Template;
  change(template);
  return template;
}

const folderWith = (change: (template: Template) => void, files: Readonly<Record<string, unknown>> = {}) =>
  folderOf({ "manifest.json": MANIFEST, "Orders.template.json": changed(change), ...files });

function mistakeIn(folder: string): Mistake {
  try {
    readAssembly(folder);
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
  throw new Error("the assembly was read");
}

/** The function's own properties. */
const own = (template: Template) => {
  const found = Object.values(template.Resources).find(({ Type }) => Type === "AWS::Lambda::Function");
  if (!found?.Properties) throw new Error("the template has no function");
  return found.Properties;
};

const idOf = (template: Template, type: string) =>
  Object.keys(template.Resources).find((id) => template.Resources[id]?.Type === type) ?? "";

const parameter = (name: string, value: unknown) => ({
  Type: "AWS::SSM::Parameter",
  Properties: { Name: name, Value: value },
});

const nested = (name: string) => ({
  Parameters: { In: { Type: "String" }, Own: { Type: "String", Default: name } },
  Resources: { Kept: parameter(name, { Ref: "In" }) },
  Outputs: { Own: { Value: { Ref: "Own" } }, Passed: { Value: { Ref: "In" } } },
});

const stackOf = (file: string, other: string, output: string) => ({
  Type: "AWS::CloudFormation::Stack",
  Properties: { Parameters: { In: { "Fn::GetAtt": [other, `Outputs.${output}`] } } },
  Metadata: { "aws:asset:path": file },
});

const manifest = (properties: object, type = "aws:cloudformation:stack") => ({
  version: "48.0.0",
  artifacts: { one: { type, properties } },
});

const zipped = (bytes: Uint8Array) =>
  readAssembly(folderWith((t) => void (own(t).Code = { S3Bucket: "b", S3Key: "code.zip" }), { "code.zip": bytes }));

describe("a circle in a template is a mistake that names its places", () => {
  test.each<[string, (template: Template) => void, string]>([
    [
      "Ref",
      (t) => void (own(t).FunctionName = { Ref: idOf(t, "AWS::Lambda::Function") }),
      "Orders: Orders → Orders: Orders",
    ],
    [
      "Fn::GetAtt",
      (t) => void (own(t).FunctionName = { "Fn::GetAtt": [idOf(t, "AWS::Lambda::Function"), "Arn"] }),
      "Orders: Orders.Arn → Orders: Orders.Arn",
    ],
    [
      "Fn::Sub",
      (t) => void (own(t).FunctionName = { "Fn::Sub": "${Orders}-${Orders.Arn}" }),
      "Orders: Orders → Orders: Orders",
    ],
    [
      "parameters of Systems Manager",
      (t) => {
        t.Resources.One = parameter("one", { "Fn::GetAtt": ["Two", "Value"] });
        t.Resources.Two = parameter("two", { "Fn::GetAtt": ["One", "Value"] });
        own(t).Environment = { Variables: { X: { "Fn::GetAtt": ["One", "Value"] } } };
      },
      "Orders: One.Value → Orders: Two.Value → Orders: One.Value",
    ],
    [
      "conditions",
      (t) => {
        t.Conditions = { A: { Condition: "B" }, B: { Condition: "A" } };
        t.Resources.Extra = { ...parameter("x", "y"), Condition: "A" };
      },
      "Orders: condition A → Orders: condition B → Orders: condition A",
    ],
  ])("%s", (_, change, places) => {
    const { code, say } = mistakeIn(folderWith(change));
    expect(code).toBe("template-circular");
    expect(say.got).toContain(places);
  });

  test("a nested stack that deploys its own template", () => {
    const folder = folderWith((t) => {
      t.Resources.Nested = {
        Type: "AWS::CloudFormation::Stack",
        Properties: {},
        Metadata: { "aws:asset:path": "Orders.template.json" },
      };
    });
    expect(mistakeIn(folder).code).toBe("template-circular");
  });

  test("two nested stacks that give each other different values are no circle", () => {
    const folder = folderWith(
      (t) => {
        t.Resources.First = stackOf("first.nested.template.json", "Second", "Own");
        t.Resources.Second = stackOf("second.nested.template.json", "First", "Own");
        own(t).Environment = { Variables: { X: { "Fn::GetAtt": ["First", "Outputs.Passed"] } } };
      },
      { "first.nested.template.json": nested("first"), "second.nested.template.json": nested("second") },
    );
    expect(JSON.stringify(readAssembly(folder).apis)).toContain('"X":"second"');
  });
});

describe("what grows without end is a mistake, within a second", () => {
  test.each<[string, (template: Template) => void]>([
    [
      "a text of ten times ten times ten …",
      (t) => {
        for (let level = 0; level < 9; level += 1)
          t.Resources[`L${level}`] = parameter(
            `l${level}`,
            level === 0
              ? "a".repeat(10)
              : { "Fn::Join": ["", Array.from({ length: 10 }, () => ({ "Fn::GetAtt": [`L${level - 1}`, "Value"] }))] },
          );
        own(t).Environment = { Variables: { X: { "Fn::GetAtt": ["L8", "Value"] } } };
      },
    ],
    [
      "values within values",
      (t) => {
        let value: unknown = "x";
        for (let level = 0; level < 150; level += 1) value = { "Fn::Join": ["", [value]] };
        own(t).Description = value;
      },
    ],
  ])("%s", (_, change) => {
    const folder = folderWith(change);
    const began = performance.now();
    expect(mistakeIn(folder).code).toBe("template-too-large");
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("`${` a hundred thousand times costs no more than its length", () => {
    const folder = folderWith((t) => void (own(t).Description = { "Fn::Sub": "${".repeat(100_000) }));
    const began = performance.now();
    expect(readAssembly(folder).apis).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test.each<[string, string, RegExp]>([
    [
      "a list nested 20,000 deep",
      `{"Resources":{"A":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`,
      /nested 20002 deep/,
    ],
    ["a text that stops", '{"Resources":\n  {"A":', /line 2, column 8/],
    ["a word between", '{"Resources":\n  {"A": oops}}', /line 2, column 9/],
  ])("a template that is %s is told by its place, not quoted", (_, text, got) => {
    const { code, say } = mistakeIn(folderOf({ "Orders.template.json": text }));
    expect(code).toBe("assembly-broken");
    expect(say.got).toMatch(got);
    expect(say.got).not.toContain("oops");
  });

  test("a pipe in place of a template is not waited for", () => {
    const folder = folderOf({ "manifest.json": MANIFEST });
    execFileSync("mkfifo", [join(folder, "Orders.template.json")]);
    expect(mistakeIn(folder).say.got).toBe("it is not a file");
  });
});

describe("what leads out of the assembly", () => {
  test.each([
    ["a template", manifest({ templateFile: "../../../etc/passwd" })],
    ["an asset manifest", manifest({ file: "../../../etc/passwd" }, "cdk:asset-manifest")],
    ["a nested assembly", manifest({ directoryName: "../../.." }, "cdk:cloud-assembly")],
  ])("%s is a mistake that quotes nothing of it", (_, content) => {
    const { code, say } = mistakeIn(folderOf({ "manifest.json": content }));
    expect(code).toBe("assembly-broken");
    expect(say.got).toBe("it leads out of the assembly");
  });

  test("an assembly that is nested in itself is a mistake", () => {
    const { say } = mistakeIn(folderOf({ "manifest.json": manifest({ directoryName: "." }, "cdk:cloud-assembly") }));
    expect(say.got).toBe("it is nested in itself");
  });

  test("code elsewhere, by a path or a link, stops its function and nothing else", () => {
    const folder = folderWith((t) => {
      own(t).Code = { S3Bucket: "b", S3Key: "asset.link" };
    });
    symlinkSync("/etc", join(folder, "asset.link"));
    const { apis } = readAssembly(folder);
    expect(apis[0]?.routes[0]?.integration).toMatchObject({ kind: "unserved" });
    expect(JSON.stringify(apis[0]?.routes[0]?.integration)).toContain("lies outside of the assembly");
  });
});

describe("a zip file", () => {
  test.each<[string, Uint8Array, RegExp]>([
    ["that is none", Buffer.from("PK garbage".repeat(100)), /cannot be unpacked: invalid zip data/],
    ["that inflates to 300 MB", zipSync({ big: new Uint8Array(300_000_000) }), /more than the 262144000 bytes/],
    [
      "with one name as file and folder",
      zipSync({ a: new Uint8Array(1), "a/b": new Uint8Array(1) }),
      /cannot be unpacked/,
    ],
  ])("%s stops its function and nothing else", (_, bytes, reason) => {
    const [route] = zipped(bytes).apis[0]?.routes ?? [];
    expect(route?.integration).toMatchObject({ kind: "unserved" });
    expect(JSON.stringify(route?.integration)).toMatch(reason);
  });

  test("writes nothing outside of its own folder", () => {
    zipped(zipSync({ "index.js": Buffer.from("exports.handler = async () => 1"), "../../slip": new Uint8Array(1) }));
    expect(existsSync(join(tmpdir(), "slip"))).toBe(false);
  });
});

test.each([
  ["MemorySize", "a lot"],
  ["MemorySize", 64],
  ["Timeout", 901],
  ["Timeout", 0.5],
])("%s %j is not a number that Lambda takes: its function stops, with that reason", (name, value) => {
  const [route] = readAssembly(folderWith((t) => void (own(t)[name] = value))).apis[0]?.routes ?? [];
  expect(JSON.stringify(route?.integration)).toContain(`its ${name} `);
  expect(JSON.stringify(route?.integration)).not.toContain("NaN");
});

test("a MemorySize that only a deployment knows says which parameter to give", () => {
  const [route] =
    readAssembly(
      folderWith((t) => {
        t.Parameters = { Memory: { Type: "Number" } };
        own(t).MemorySize = { Ref: "Memory" };
      }),
    ).apis[0]?.routes ?? [];
  expect(route?.integration).toMatchObject({ kind: "unserved", advice: expect.stringContaining("--parameters") });
});
