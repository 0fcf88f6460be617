import { Mistake } from "../findings/mistake.ts";
import { maySendSecretsTo } from "../http/exchange.ts";

/**
 * The address of a deployed API, as it may be asked: https, or http on this machine.
 * @throws Mistake `url-not-https`
 */
export function readApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && maySendSecretsTo(url) && url.search === "" && url.hash === "") return url.href;
  throw new Mistake("url-not-https", {
    what: "that is not an address of a deployed API",
    got: text.replace(/\/\/[^/?#]*@/, "//***@").slice(0, 200),
    expected:
      "https://HOST or https://HOST/STAGE, without user, query and fragment; http on the loopback interface only",
    fix: "take it from the outputs: npx cdk deploy --outputs-file outputs.json, then --outputs outputs.json",
  });
}
