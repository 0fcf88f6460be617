import { reasonWithout } from "./keycloak.ts";

/** Says once why nothing runs. */
export default function setUp(): void {
  const reason = reasonWithout();
  if (reason !== undefined) process.stdout.write(`skipped, every test with Keycloak: ${reason}\n`);
}
