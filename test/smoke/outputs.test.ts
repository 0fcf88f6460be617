import { describe, expect, test } from "vitest";
import { Mistake } from "../../lib/findings/mistake.ts";
import { type OutputsRequest, readOutputs } from "../../lib/smoke/outputs.ts";

const OUTPUTS = {
  ApiUrl: "https://abc123.execute-api.eu-central-1.amazonaws.com/",
  Issuer: "https://is.example.com/oauth2/token",
  Audience: "one,two",
};

const read = (stacks: unknown, more: Partial<OutputsRequest> = {}) =>
  readOutputs({ text: JSON.stringify(stacks), file: "outputs.json", environment: "prod", ...more });

const stackNames = (...given: Parameters<typeof read>) => read(...given).map(({ stack }) => stack);

const mistakeIn = (text: string, more: Partial<OutputsRequest> = {}) => {
  try {
    readOutputs({ text, file: "outputs.json", environment: "prod", ...more });
  } catch (error) {
    if (error instanceof Mistake) return error;
  }
  return undefined;
};

describe("what 'cdk deploy --outputs-file' wrote", () => {
  test("holds the URL, the issuer and the audience of the environment's stack", () => {
    expect(read({ "Gatehouse-dev": { ApiUrl: "https://dev" }, "Gatehouse-prod": OUTPUTS })).toEqual([
      {
        stack: "Gatehouse-prod",
        url: OUTPUTS.ApiUrl,
        endpoint: undefined,
        issuer: OUTPUTS.Issuer,
        audience: "one,two",
      },
    ]);
  });

  test("a domain of one's own comes before the execute-api address", () => {
    const DomainUrl = "https://api.example.com/v1";
    expect(read({ "Gatehouse-prod": { ...OUTPUTS, DomainUrl } })).toMatchObject([{ url: DomainUrl }]);
  });

  test("a stack of one region is the environment's; another environment's name that begins alike is not", () => {
    expect(stackNames({ "Gatehouse-prod-eu-central-1": OUTPUTS })).toEqual(["Gatehouse-prod-eu-central-1"]);
    expect(mistakeIn(JSON.stringify({ "Gatehouse-prod-blue": OUTPUTS }))?.code).toBe("outputs-no-stack");
  });

  test("a stack name of the environment's own is looked for in its place", () => {
    const stacks = { "orders-eu-central-1": OUTPUTS, "Gatehouse-prod": OUTPUTS };
    expect(stackNames(stacks, { stackName: "orders" })).toEqual(["orders-eu-central-1"]);
  });

  const REGIONS = {
    "Gatehouse-prod-eu-central-1": OUTPUTS,
    "Gatehouse-prod-us-east-1": { ApiUrl: "https://def456" },
    "Gatehouse-prod-blue": { ApiUrl: "https://blue" },
  };

  test("several regions are a stack each, of which --stack takes one", () => {
    expect(stackNames(REGIONS)).toEqual(["Gatehouse-prod-eu-central-1", "Gatehouse-prod-us-east-1"]);
    expect(stackNames(REGIONS, { stack: "Gatehouse-prod-us-east-1" })).toEqual(["Gatehouse-prod-us-east-1"]);
  });

  test("several stacks of an app without environments want --stack", () => {
    const mistake = mistakeIn(JSON.stringify(REGIONS), { environment: undefined });
    expect(mistake?.code).toBe("outputs-several-stacks");
    expect(mistake?.say.fix).toBe("--stack Gatehouse-prod-eu-central-1");
  });

  test("regions behind one name are reached by their own endpoints, and are one API where the stacks do not say them", () => {
    const own = { ...OUTPUTS, DomainUrl: "https://api.example.com/" };
    const stacks = {
      "Gatehouse-prod-eu-central-1": { ...own, DomainTarget: "d-one.execute-api.eu-central-1.amazonaws.com" },
      "Gatehouse-prod-us-east-1": { ...own, DomainTarget: "d-two.execute-api.us-east-1.amazonaws.com" },
    };
    expect(read(stacks)).toMatchObject([
      { url: own.DomainUrl, endpoint: "d-one.execute-api.eu-central-1.amazonaws.com" },
      { url: own.DomainUrl, endpoint: "d-two.execute-api.us-east-1.amazonaws.com" },
    ]);
    const silent = { "Gatehouse-prod-eu-central-1": own, "Gatehouse-prod-us-east-1": own };
    expect(stackNames(silent)).toEqual(["Gatehouse-prod-eu-central-1"]);
  });

  test("one region only is reached by its name, so that the name's records are tested too", () => {
    const own = { ...OUTPUTS, DomainUrl: "https://api.example.com/", DomainTarget: "d-one.example.com" };
    expect(read({ "Gatehouse-prod": own })).toMatchObject([{ endpoint: undefined }]);
  });

  test.for(["", "[]", "null", '"text"', "{"])("a file that is not such an object is a mistake: %s", (text) => {
    expect(mistakeIn(text)?.code).toBe("outputs-broken");
  });

  test("an empty file, or a stack without a URL, says how to write one", () => {
    expect(mistakeIn("{}")?.say.fix).toBe("npx cdk deploy -c env=prod --outputs-file outputs.json");
    expect(mistakeIn('{"Gatehouse-prod":{"Issuer":"x"}}')?.code).toBe("outputs-no-stack");
  });
});
