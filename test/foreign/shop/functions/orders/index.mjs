import { describe } from "./describe.mjs";

export const handler = async (event) => {
  if (event.version === "1.0")
    return {
      statusCode: 200,
      multiValueHeaders: { "set-cookie": ["a=1", "b=2"] },
      body: JSON.stringify({ path: event.path, proxy: event.pathParameters.proxy, ...describe(event) }),
    };
  if (event.requestContext.http.method === "POST")
    return { statusCode: 201, cookies: ["basket=7; Secure"], body: event.body };
  return { id: event.pathParameters.id, variables: event.stageVariables ?? null, ...describe(event) };
};
