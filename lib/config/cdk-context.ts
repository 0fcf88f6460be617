/** What the CDK's command line adds to the context by itself; without it a template differs from the deployed one. */
export const CLI_CONTEXT: Readonly<Record<string, unknown>> = {
  "aws:cdk:enable-path-metadata": true,
  "aws:cdk:enable-asset-metadata": true,
  "aws:cdk:version-reporting": true,
  "aws:cdk:bundling-stacks": ["**"],
};
