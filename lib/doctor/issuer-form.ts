import { isIP } from "node:net";
import { type DoctorFinding, fail, pass, warn } from "./check.ts";

/** What an issuer's text shows, before any request. */
export function checkForm(issuer: string): readonly DoctorFinding[] {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (!url)
    return [
      fail("issuer-url", `"${issuer}" is not a URL`, "write the whole issuer, as in https://host/oauth2/token of WSO2"),
    ];
  return [checkUrl(issuer, url), ...checkSpelling(issuer, url), checkPort(url), checkHost(url)];
}

function checkUrl(issuer: string, url: URL): DoctorFinding {
  if (url.protocol !== "https:")
    return fail("issuer-url", `the issuer's scheme is ${url.protocol}//`, "name it by https: no other is taken");
  if (issuer !== issuer.trim())
    return fail("issuer-url", "there is white space around the issuer", "take it away: iss is compared as it is");
  if (url.username !== "" || url.password !== "")
    return fail("issuer-url", "the issuer holds a user name", "write the issuer as the token's iss has it");
  if (/[?#]/.test(issuer))
    return fail(
      "issuer-url",
      "the issuer holds a query or a fragment",
      "write it without: discovery is under its path",
    );
  return pass("issuer-url", "an https URL without query and fragment");
}

const WELL_KNOWN = /\/\.well-known\/openid-configuration\/?$/;

function checkSpelling(issuer: string, url: URL): readonly DoctorFinding[] {
  const found: DoctorFinding[] = [];
  if (WELL_KNOWN.test(url.pathname))
    found.push(
      fail(
        "issuer-spelling",
        "this is the address of the discovery document, not the issuer",
        `the issuer is ${issuer.replace(WELL_KNOWN, "")}`,
      ),
    );
  if (url.pathname.includes("/oauth2/oidcdiscovery"))
    found.push(
      fail(
        "issuer-spelling",
        "WSO2 answers discovery under /oauth2/oidcdiscovery as well, but that is not an issuer: tokens say /oauth2/token",
        `the issuer is ${issuer.replace(/\/oauth2\/oidcdiscovery.*$/, "/oauth2/token")}`,
      ),
    );
  if (issuer.endsWith("/"))
    found.push(
      warn(
        "issuer-spelling",
        "the issuer ends in a slash, which WSO2's does not; iss is compared character by character",
        "keep it only where the token's iss has it",
      ),
    );
  if (/^https:\/\/[^/?#]*:443(?=[/?#]|$)/.test(issuer))
    found.push(
      warn(
        "issuer-spelling",
        "the issuer names port 443: WSO2 5.x behind proxyPort=443 writes it into iss, other versions do not",
        "keep it only where the token's iss has it; better, take ':443' out of the resident identity provider's entity id",
      ),
    );
  return found.length > 0
    ? found
    : [pass("issuer-spelling", "no trailing slash, no ':443', no path of another document")];
}

const checkPort = ({ port, protocol }: URL): DoctorFinding =>
  port === "" && protocol === "https:"
    ? pass("issuer-port", "the issuer is on port 443")
    : warn(
        "issuer-port",
        `the issuer is on port ${port || 80}; whether API Gateway connects to another port than 443 is not known`,
        "put a proxy on port 443 in front and tell WSO2 of it ([server] hostname, [transport.https.properties] proxyPort)",
      );

const LOCAL_NAME = /(^|\.)(localhost|local|internal|lan|home\.arpa|test|invalid)\.?$/;

/** Whether a host is one that only this machine or this network knows, by its name only. */
export const isLocalName = (hostname: string): boolean => LOCAL_NAME.test(hostname) || !hostname.includes(".");

function checkHost({ hostname }: URL): DoctorFinding {
  const remedy = "give WSO2 a public name ([server] hostname in deployment.toml): API Gateway asks from the Internet";
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0)
    return fail("issuer-host", `${hostname} is an address and no name; certificates are for names`, remedy);
  if (isLocalName(hostname))
    return fail("issuer-host", `${hostname} is a name of this machine or network only`, remedy);
  return pass("issuer-host", `${hostname} may be a public name`);
}
