import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import type { Signer } from "../lib/conformance/token-recipe.ts";
import { RawSigning } from "../lib/tokens/raw-signing.ts";
import { keyText, makeSigningKey, readKeyText } from "../lib/tokens/signing-keys.ts";

/** The keys of the throw-away issuer. What signs stays in the folder that they were opened in. */
export interface ProbeKeys {
  /** Public members only: this is what is deployed. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Signs as the issuer of this name. */
  signer(issuer: string): Signer;
}

interface Kept {
  readonly signing: string;
  readonly others: Readonly<Record<string, JWK>>;
}

/**
 * Opens the keys in a folder, or makes them there, readable by the user only: the deployment and the questions after it need
 * the same ones.
 * @param nowMs for the certificate of a new key, milliseconds since 1970
 */
export async function openProbeKeys(folder: string, nowMs: number): Promise<ProbeKeys> {
  const file = join(folder, "keys.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept) : undefined;
  const own = kept ? await readKeyText(kept.signing) : await makeSigningKey(nowMs);
  const raw = new RawSigning(own, kept?.others);
  const jwks = { keys: [...own.jwks, ...(await raw.oddKeys())] };
  if (!kept) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const made: Kept = { signing: await keyText(own), others: await raw.privateJwks() };
    writeFileSync(file, JSON.stringify(made), { mode: 0o600, flag: "wx" });
  }
  return { jwks, signer: (issuer) => ({ issuer, kid: own.kid, sign: (request) => raw.sign(request) }) };
}
