import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import { templateOf } from "../assembly/handwritten.ts";
import { seededRandom } from "../rules/seeded-random.ts";

export interface TemplateFuzzReport {
  readonly served: number;
  /** Templates that were refused, by the mistake's code. */
  readonly refused: Readonly<Record<string, number>>;
  /** A throw that is not a mistake, or a template that took too long: none may be. */
  readonly faults: readonly string[];
  readonly slowestMs: number;
}

/** One that takes longer hangs for the one who waits. */
const SLOW_MS = 3_000;

/** Reads `count` assemblies whose one template was changed in one to six places, out of a seed. */
export function fuzzTemplates(count: number, seed: number): TemplateFuzzReport {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-template-fuzz-"));
  const file = join(folder, "Orders.template.json");
  const refused: Record<string, number> = {};
  const faults: string[] = [];
  let served = 0;
  let slowestMs = 0;
  try {
    for (let number = 0; number < count; number += 1) {
      const text = new TemplateChanger(seededRandom(seed * 1_000_003 + number)).changed();
      writeFileSync(file, text);
      const began = performance.now();
      try {
        readAssembly(folder);
        served += 1;
      } catch (error) {
        if (error instanceof Mistake) refused[error.code] = (refused[error.code] ?? 0) + 1;
        else faults.push(`template ${number} of seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
      }
      const tookMs = performance.now() - began;
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > SLOW_MS) faults.push(`template ${number} of seed ${seed}: it took ${Math.round(tookMs)} ms`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { served, refused, faults, slowestMs };
}

type Container = Record<string, unknown> | unknown[];

const NAMES = [
  "Api",
  "Stage",
  "Authorizer",
  "Orders",
  "Integration",
  "MayCall",
  "List",
  "P",
  "C",
  "AWS::Region",
  "Nobody",
];
const TYPES = [
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::Stage",
  "AWS::ApiGatewayV2::ApiMapping",
  "AWS::Lambda::Function",
  "AWS::Lambda::Permission",
  "AWS::Lambda::LayerVersion",
  "AWS::IAM::Role",
  "AWS::SSM::Parameter",
  "AWS::CloudFormation::Stack",
];

/** Changes a good template as its structure allows: intrinsic functions, types, names and places, and plain junk. */
class TemplateChanger {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  changed(): string {
    const template: Record<string, unknown> = {
      Parameters: { P: { Type: "String", Default: this.#value(2) } },
      Conditions: { C: this.#condition(3) },
      ...structuredClone(templateOf({ issuer: "https://login.example.com/realms/web" })),
    };
    for (let left = 1 + Math.floor(this.#random() * 6); left > 0; left -= 1) this.#change(template);
    const text = JSON.stringify(template);
    return this.#random() < 0.02 ? text.slice(0, Math.floor(this.#random() * text.length)) : text;
  }

  #change(template: Record<string, unknown>): void {
    let parent: Container = template;
    let key: string | number = this.#one(Object.keys(template));
    for (let depth = Math.floor(this.#random() * 7); depth > 0; depth -= 1) {
      const inner: unknown = (parent as Record<string | number, unknown>)[key];
      if (typeof inner !== "object" || inner === null) break;
      const keys = Array.isArray(inner) ? [...inner.keys()] : Object.keys(inner);
      if (keys.length === 0) break;
      parent = inner as Container;
      key = this.#one<string | number>(keys);
    }
    const target = parent as Record<string | number, unknown>;
    const kind = this.#random();
    if (kind < 0.1 && !Array.isArray(parent)) delete target[key];
    else if (kind < 0.2) target[key] = { [String(key)]: target[key] };
    else if (kind < 0.3 && !Array.isArray(parent))
      // Defined, not assigned: `__proto__` is to be a member of its own, as JSON.parse makes it.
      Object.defineProperty(target, this.#one([...NAMES, "__proto__", "constructor", "toString", ""]), {
        value: target[key],
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else target[key] = this.#value(4);
  }

  #value(depth: number): unknown {
    const kind = this.#random();
    if (depth === 0 || kind < 0.25) return this.#scalar();
    if (kind < 0.35) return Array.from({ length: Math.floor(this.#random() * 4) }, () => this.#value(depth - 1));
    if (kind < 0.4) return { Type: this.#one(TYPES), Properties: this.#value(depth - 1), Condition: "C" };
    return this.#call(depth - 1);
  }

  #call(depth: number): unknown {
    const name = this.#one(NAMES);
    const value = () => this.#value(depth);
    return this.#one<() => unknown>([
      () => ({ Ref: name }),
      () => ({ "Fn::GetAtt": [name, this.#one(["Arn", "Value", "Outputs.X", "ApiEndpoint", ""])] }),
      () => ({ "Fn::GetAtt": `${name}.Arn` }),
      () => ({ "Fn::Sub": `\${${name}}-\${${this.#one(NAMES)}.Arn}-\${!x}-\${` }),
      () => ({ "Fn::Sub": [`\${V}\${${name}}`, { V: value() }] }),
      () => ({ "Fn::Join": [value(), value()] }),
      () => ({ "Fn::Join": ["/", [value(), value()]] }),
      () => ({ "Fn::Select": [value(), value()] }),
      () => ({ "Fn::Split": [value(), value()] }),
      () => ({ "Fn::If": [this.#condition(2), value(), value()] }),
      () => ({ "Fn::FindInMap": [value(), value(), value(), { DefaultValue: value() }] }),
      () => ({ "Fn::Base64": value() }),
      () => ({ "Fn::ImportValue": value() }),
      () => ({ "Fn::ToJsonString": value() }),
      () => ({ "Fn::Length": value() }),
      () => ({ "Fn::ForEach::X": value() }),
      () => ({ "Fn::Transform": value() }),
    ])();
  }

  #condition(depth: number): unknown {
    if (depth === 0) return this.#one<unknown>(["C", { Condition: "C" }, null, 1]);
    const inner = () => this.#condition(depth - 1);
    return this.#one<() => unknown>([
      () => ({ Condition: "C" }),
      () => ({ "Fn::Equals": [this.#value(1), this.#value(1)] }),
      () => ({ "Fn::And": [inner(), inner()] }),
      () => ({ "Fn::Or": inner() }),
      () => ({ "Fn::Not": [inner()] }),
    ])();
  }

  #scalar(): unknown {
    return this.#one<unknown>([
      null,
      true,
      0,
      -1,
      1e308,
      "",
      "x",
      "GET /orders",
      "ANY /{proxy+}",
      "$default",
      "arn:aws:lambda:us-east-1:1:function:x",
      "../../../etc/passwd",
      "\u0000\u001b[31m\n",
      "${",
      "{{resolve:ssm:/x}}",
      "a".repeat(5_000),
      [],
      {},
    ]);
  }

  #one<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }
}
