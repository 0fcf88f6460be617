import { describe, expect, test } from "vitest";
import { Mistake } from "../../lib/findings/mistake.ts";
import { readOutputs } from "../../lib/smoke/outputs.ts";

const OUTPUTS = {
  ApiUrl: "https://abc123.execute-api.eu-central-1.amazonaws.com/",
  Issuer: "https://is.example.com/oauth2/token",
  Audience: "one,two",
};

const read = (stacks: unknown, environment = "prod", stack?: string) =>
  readOutputs({ text: JSON.stringify(stacks), file: "outputs.json", environment, stack });

const mistakeIn = (text: string, environment = "prod") => {
  try {
    readOutputs({ text, file: "outputs.json", environment });
  } catch (error) {
    if (error instanceof Mistake) return error;
  }
  return undefined;
};

describe("what 'cdk deploy --outputs-file' wrote", () => {
  test("holds the URL, the issuer and the audience of the environment's stack", () => {
    expect(read({ "Gatehouse-dev": { ApiUrl: "https://dev" }, "Gatehouse-prod": OUTPUTS })).toEqual({
      stack: "Gatehouse-prod",
      url: OUTPUTS.ApiUrl,
      issuer: OUTPUTS.Issuer,
      audience: "one,two",
    });
  });

  test("a domain of one's own comes before the execute-api address", () => {
    expect(read({ "Gatehouse-prod": { ...OUTPUTS, DomainUrl: "https://api.example.com/v1" } }).url).toBe(
      "https://api.example.com/v1",
    );
  });

  test("a stack of one region is the environment's; another environment's name that begins alike is not", () => {
    expect(read({ "Gatehouse-prod-eu-central-1": OUTPUTS }).stack).toBe("Gatehouse-prod-eu-central-1");
    expect(mistakeIn(JSON.stringify({ "Gatehouse-prod-blue": OUTPUTS }))?.code).toBe("outputs-no-stack");
  });

  test("several regions want --stack", () => {
    const stacks = { "Gatehouse-prod-eu-central-1": OUTPUTS, "Gatehouse-prod-us-east-1": { ApiUrl: "https://def456" } };
    const mistake = mistakeIn(JSON.stringify(stacks));
    expect(mistake?.code).toBe("outputs-several-stacks");
    expect(mistake?.say.fix).toBe("--stack Gatehouse-prod-eu-central-1");
    expect(read(stacks, "prod", "Gatehouse-prod-us-east-1").stack).toBe("Gatehouse-prod-us-east-1");
  });

  test("regions behind one name are one API to a caller", () => {
    const DomainUrl = "https://api.example.com/";
    const stacks = {
      "Gatehouse-prod-eu-central-1": { ...OUTPUTS, DomainUrl },
      "Gatehouse-prod-us-east-1": { ...OUTPUTS, DomainUrl },
    };
    expect(read(stacks)).toMatchObject({ stack: "Gatehouse-prod-eu-central-1", url: DomainUrl });
  });

  test.for(["", "[]", "null", '"text"', "{"])("a file that is not such an object is a mistake: %s", (text) => {
    expect(mistakeIn(text)?.code).toBe("outputs-broken");
  });

  test("an empty file, or a stack without a URL, says how to write one", () => {
    expect(mistakeIn("{}")?.say.fix).toBe("npx cdk deploy -c env=prod --outputs-file outputs.json");
    expect(mistakeIn('{"Gatehouse-prod":{"Issuer":"x"}}')?.code).toBe("outputs-no-stack");
  });
});
