import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KnownValues } from "../../lib/template/given-values.ts";
import { type InvokeApi, startInvokeApi } from "../functions/invoke-api.ts";
import { bearer, folderOf, type Served, serve } from "./handwritten.ts";
import { SMALL_ASSEMBLIES } from "./small-assemblies.ts";

// Functions that Gatehouse does not run, behind Lambda's Invoke API: `--invoke NAME=URL`.

let elsewhere: InvokeApi;
let api: Served | undefined;

beforeEach(async () => {
  elsewhere = await startInvokeApi((event, response) => {
    const { rawPath, type, headers } = event as Readonly<Record<string, unknown>>;
    const answer =
      type === "REQUEST"
        ? { isAuthorized: (headers as Record<string, unknown>).authorization === "Bearer good" }
        : { statusCode: 200, body: `python saw ${String(rawPath)}` };
    response.end(JSON.stringify(answer));
  });
});
afterEach(async () => {
  await api?.close();
  api = undefined;
  await elsewhere.close();
});

async function served(invoke: KnownValues["invoke"]): Promise<Served> {
  api = await serve(folderOf(SMALL_ASSEMBLIES["functions that run elsewhere"]), {
    realIssuer: false,
    values: { invoke },
  });
  return api;
}

describe("functions that another program runs", () => {
  test("without --invoke they answer 500, and what is said at the start names the option", async () => {
    const one = await served({});
    expect((await one.ask("/show")).status).toBe(500);
    expect(one.unserved.join("\n")).toContain("--invoke Function=URL");
    expect(one.unserved.join("\n")).toContain("--invoke Guard=URL");
    expect(one.unserved.join("\n")).toContain("--invoke prices=URL");
  });

  test.each(["Function", "S/Function", "shop-orders"])("one of another runtime, given as %s", async (name) => {
    const one = await served({ [name]: elsewhere.url });
    expect(await one.ask("/show")).toMatchObject({ status: 200, text: "python saw /show" });
    expect(elsewhere.paths).toEqual([`POST /2015-03-31/functions/${name.replace("S/", "")}/invocations`]);
  });

  test("a URL that names a function is asked as it is, such as the runtime interface emulator's", async () => {
    const one = await served({ Function: `${elsewhere.url}/2015-03-31/functions/function/invocations` });
    expect((await one.ask("/show")).status).toBe(200);
    expect(elsewhere.paths).toEqual(["POST /2015-03-31/functions/function/invocations"]);
  });

  test("one that no template here makes, by the name in its ARN", async () => {
    const one = await served({ prices: elsewhere.url });
    expect(await one.ask("/prices")).toMatchObject({ status: 200, text: "python saw /prices" });
  });

  test("a Lambda authorizer in an image decides", async () => {
    const one = await served({ Function: elsewhere.url, Guard: elsewhere.url });
    expect((await one.ask("/guarded", bearer("good"))).status).toBe(200);
    expect((await one.ask("/guarded", bearer("bad"))).status).toBe(403);
    expect((await one.ask("/guarded")).status).toBe(401);
  });

  test("a name that no route asks for is named at the start", async () => {
    const one = await served({ Functoin: elsewhere.url });
    expect(one.unserved.join("\n")).toContain("invoke.Functoin");
  });
});
