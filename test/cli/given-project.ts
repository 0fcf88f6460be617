import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import type { MintRequest } from "../../lib/tokens/minting.ts";

/** A project with nothing but its environments, an issuer's keys in `jwks.json`, and tokens of that issuer. */
export interface GivenProject {
  readonly folder: string;
  readonly tokens: readonly string[];
}

/** Makes one; the issuer itself runs no longer than it takes to mint. */
export async function givenProject(
  issuer: { readonly name: string; readonly audience: string; readonly scopes?: readonly string[] },
  environments: Readonly<Record<string, object>>,
  asked: readonly MintRequest[],
): Promise<GivenProject> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-project-"));
  const running = await startEmbeddedIssuer({
    issuer: issuer.name,
    clients: [{ clientId: issuer.audience, clientSecret: "s", audience: [], scopes: issuer.scopes ?? [] }],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });
  try {
    const tokens = await Promise.all(asked.map((one) => running.mint(one)));
    writeFileSync(join(folder, "jwks.json"), await (await fetch(`${running.origin}/oauth2/jwks`)).text());
    writeFileSync(join(folder, "cdk.json"), JSON.stringify({ app: "true", context: { environments } }));
    return { folder, tokens };
  } finally {
    await running.close();
  }
}
