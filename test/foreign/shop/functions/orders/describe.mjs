export const describe = ({ requestContext: { authorizer, stage } }) => ({
  stage,
  customer: authorizer.lambda?.customer ?? null,
  partner: authorizer.claims?.sub ?? null,
});
