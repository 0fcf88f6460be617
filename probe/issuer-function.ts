import { readFileSync } from "node:fs";
import { join } from "node:path";
import { issuerAnswer } from "./issuer-documents.ts";

// The throw-away issuer of the probe, behind a function URL. It has no key to sign with: the tokens are made on the laptop.

/** What the function reads of a function URL's event. */
interface UrlEvent {
  readonly rawPath: string;
  readonly requestContext: { readonly domainName: string };
}

interface UrlAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const jwks = JSON.parse(readFileSync(join(__dirname, "jwks.json"), "utf8")) as object;
/** The second deployment of this stack shows the faults. */
const isBroken = process.env.FAULTS === "shown";

export const handler = async ({ rawPath, requestContext }: UrlEvent): Promise<UrlAnswer> => {
  const origin = `https://${requestContext.domainName}`;
  const { status, body, headers, delayMs = 0 } = issuerAnswer(rawPath, { origin, jwks, isBroken });
  if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs));
  return { statusCode: status, headers: { "content-type": "application/json", ...headers }, body };
};
