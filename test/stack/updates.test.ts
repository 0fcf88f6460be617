import { describe, expect, test } from "vitest";
import { ROUTES, SHAPES } from "./shapes.ts";
import { synthesised } from "./synthesised.ts";
import { planUpdate, type Resources, unknownTypes } from "./update-plan.ts";

const resourcesOf = (shape: string): Resources =>
  synthesised("dev", { region: "eu-central-1", routes: ROUTES, ...SHAPES[shape] }).template.toJSON().Resources;

const PAIRS = Object.keys(SHAPES).flatMap((from) =>
  Object.keys(SHAPES)
    .filter((to) => to !== from)
    .map((to) => [from, to] as const),
);

describe("an update from any shape of an environment to any other", () => {
  test("is planned by a table that knows every type of every shape", () => {
    expect([...new Set(Object.keys(SHAPES).flatMap((shape) => unknownTypes(resourcesOf(shape))))]).toEqual([]);
  });

  test.each(Object.keys(SHAPES))("from %s: no unique name stands twice", (from) => {
    for (const to of Object.keys(SHAPES))
      expect(planUpdate(resourcesOf(from), resourcesOf(to)).clashes, `to ${to}`).toEqual([]);
  });

  test("never makes the API, its stage, its functions or its integration again", () => {
    const kept = new Set(["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Integration"]);
    for (const [from, to] of PAIRS) {
      const [before, after] = [resourcesOf(from), resourcesOf(to)];
      const { added, removed, replaced } = planUpdate(before, after);
      const typeOf = (id: string) => (after[id] ?? before[id])?.Type ?? "";
      expect(
        [...added, ...removed].filter((id) => kept.has(typeOf(id))),
        `${from} to ${to}`,
      ).toEqual([]);
      // The permission to call the Lambda authorizer follows it to its alias; nothing else is made again.
      const isPermission = (line: string) => typeOf(line.split(":", 1)[0] ?? "") === "AWS::Lambda::Permission";
      const toAlias = from.startsWith("lambda") && to.startsWith("lambda") && `${from} ${to}`.includes("provisioned");
      expect(
        replaced.filter((line) => !(toAlias && isPermission(line))),
        `${from} to ${to}`,
      ).toEqual([]);
    }
  });

  test("reordering the routes changes nothing", () => {
    const plan = planUpdate(resourcesOf("native"), resourcesOf("other routes first"));
    expect(plan).toEqual({ added: [], removed: [], replaced: [], clashes: [] });
    expect(resourcesOf("other routes first")).toEqual(resourcesOf("native"));
  });

  test("the plan would notice: one name for both authorizers, and a path variable with another name", () => {
    const [native, lambda] = [resourcesOf("native"), resourcesOf("lambda")];
    const named = Object.fromEntries(
      Object.entries(lambda).map(([id, one]) =>
        one.Type === "AWS::ApiGatewayV2::Authorizer"
          ? [id, { ...one, Properties: { ...one.Properties, Name: "wso2" } }]
          : [id, one],
      ),
    );
    expect(planUpdate(native, named).clashes).toHaveLength(1);
    const routes = [...ROUTES.slice(0, 2), { ...ROUTES[2], path: "/orders/{orderId}" }];
    const renamed = synthesised("dev", { region: "eu-central-1", routes }).template.toJSON().Resources as Resources;
    expect(planUpdate(native, renamed).clashes).toHaveLength(1);
  });
});
