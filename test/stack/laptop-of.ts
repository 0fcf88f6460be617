import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { type Laptop, type LaptopOptions, startLaptop } from "../../lib/session/session.ts";
import { synthesised } from "./synthesised.ts";

/** The template of an environment on this machine, on free ports, with the embedded issuer. */
export function laptopOf(
  environment: string,
  context: Parameters<typeof synthesised>[1] = {},
  heard: Pick<LaptopOptions, "onRequest" | "onFunctionLog"> = {},
): Promise<Laptop> {
  const { apis } = readAssembly(synthesised(environment, context).assembly.directory);
  return startLaptop({ apis, port: 0, issuerPort: 0, realIssuer: false, nowMs: Date.now, ...heard });
}
