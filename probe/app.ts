import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { openProbeKeys } from "./probe-keys.ts";
import { ProbeApisStack, ProbeIssuerStack } from "./probe-stacks.ts";

// Two stacks: `cdk deploy --all` makes the issuer, then the APIs that trust it; `-c faults=shown` for the issuer's stack after that.
// README.md beside this file says how.

const app = new App();
const { jwks } = await openProbeKeys(join(import.meta.dirname, ".keys"), Date.now());
const issuer = new ProbeIssuerStack(app, "GatehouseProbeIssuer", {
  jwks,
  areFaultsShown: app.node.tryGetContext("faults") === "shown",
});
new ProbeApisStack(app, "GatehouseProbe", { issuerOrigin: issuer.url });
