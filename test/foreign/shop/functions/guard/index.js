// Answers a simple response to payload format 2.0, and a policy to 1.0, which the CDK takes for IAM answers.
exports.handler = async (event) => {
  const key = event.headers["x-api-key"] ?? event.queryStringParameters?.key;
  const isGood = key === process.env.DOOR;
  if (event.version === "2.0")
    return { isAuthorized: isGood, context: { customer: "c-1", seen: event.requestContext.stage } };
  return {
    principalId: "customer",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: isGood ? "Allow" : "Deny", Resource: event.methodArn }],
    },
    context: { customer: "c-2" },
  };
};
