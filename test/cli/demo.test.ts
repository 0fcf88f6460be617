import { expect, test } from "vitest";
import { Terminal } from "./run-cli.ts";

test("gatehouse demo walks the article's four steps, each answer right, and exits 0", async () => {
  const { exitCode, out } = await new Terminal().run(["demo"]);
  expect(out.match(/^\d {2}.+$/gm)).toHaveLength(4);
  expect(out).toContain('401 {"message":"Unauthorized"}\n     www-authenticate: Bearer\n');
  for (const rule of ["expiry", "signature", "audience", "issuer", "algorithm"])
    expect(out).toContain(`refused by the rule ${rule}`);
  expect(out).toContain("\n8 right, 0 wrong\n");
  expect(exitCode).toBe(0);
});
