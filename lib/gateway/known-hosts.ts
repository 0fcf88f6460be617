import type { HttpApiModel } from "../assembly/model.ts";
import { domainOf } from "../aws/event.ts";

/** The name in a Host header, in lower case, without a port. */
export const hostNameOf = (host: string): string => host.replace(/:\d+$/, "").toLowerCase();

/** An address: a page of another site can make a name lead here (DNS rebinding), and never an address. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])$/;
/** Names that lead to this machine only (RFC 6761 section 6.3). */
const LOCAL_NAME = /^(.+\.)?localhost$/;

/**
 * Makes the check of a request's Host header: a browser that was rebound to this gateway still names the other site.
 * @param allowed names that are taken besides the API's own and its custom domains'; `*` for any
 */
export function knownHosts(api: HttpApiModel, allowed: readonly string[]): (host: string | undefined) => boolean {
  const names = new Set([domainOf(api), ...(api.domains ?? []).map(({ name }) => name), ...allowed].map(hostNameOf));
  return (host) => {
    // HTTP/1.0 without one comes from no browser.
    if (host === undefined || names.has("*")) return true;
    const name = hostNameOf(host);
    return ADDRESS.test(name) || LOCAL_NAME.test(name) || names.has(name);
  };
}
