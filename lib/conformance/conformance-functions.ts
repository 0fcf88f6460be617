// The two functions of the conformance APIs, as inline code of a template (at most 4,096 bytes). A request says in a
// header what they are to do, so that a case needs no code.

/** Answers with its event, or does what the header `x-do` says. */
export const FUNCTION_CODE = `exports.handler = async (event) => {
  const found = Object.entries(event.headers).find(([name]) => name.toLowerCase() === "x-do");
  const headers = { "content-type": "application/json" };
  const wish = found ? JSON.parse(found[1]) : { return: { statusCode: 200, headers, body: JSON.stringify(event) } };
  if (wish.sleepMs) await new Promise((done) => setTimeout(done, wish.sleepMs));
  if (wish.throw !== undefined) throw new Error(wish.throw);
  if (wish.exit !== undefined) process.exit(wish.exit);
  return wish.return;
};
`;

/** A Lambda authorizer that says what the header \`x-guard\` says; \`tell\` hands its own event on to the function. */
export const AUTHORIZER_CODE = `exports.handler = async (event) => {
  const found = Object.entries(event.headers).find(([name]) => name.toLowerCase() === "x-guard");
  const wish = found ? JSON.parse(found[1]) : { return: { isAuthorized: false } };
  if (wish.throw !== undefined) throw new Error(wish.throw);
  if (!wish.tell) return wish.return;
  const Statement = [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event.routeArn ?? event.methodArn }];
  const context = { event: JSON.stringify(event) };
  return { isAuthorized: true, principalId: "told", policyDocument: { Version: "2012-10-17", Statement }, context };
};
`;
