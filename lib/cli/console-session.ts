import type { Assembly } from "../assembly/model.ts";
import type { ConsoleSession } from "../console/session.ts";
import { documentReader } from "../http/fetch-document.ts";
import { issuersOf } from "../session/issuers.ts";
import type { Session } from "../session/session.ts";

/** A running session as the console sees it. */
export function consoleSessionOf(session: Session, { unserved }: Assembly): ConsoleSession {
  const embeddedFor = (issuer: string) => session.issuers.find((one) => one.issuer === issuer);
  return {
    apis: () => session.gateways,
    issuers: () =>
      issuersOf(session.gateways.map(({ api }) => api)).map((named) => {
        const embedded = embeddedFor(named.issuer);
        return {
          ...named,
          embedded: embedded && { url: embedded.issuerUrl, mint: (request) => embedded.mint(request) },
        };
      }),
    unserved: () => unserved,
    keysFor: session.keysFor,
    heldKeysOf: session.heldKeysOf,
    readDocument: (issuer, url) => {
      const embedded = embeddedFor(issuer);
      const read = documentReader({ httpOnLoopback: embedded !== undefined || issuer.startsWith("http://") });
      return read(embedded?.locate(url) ?? url);
    },
    runDoctor: async (issuer, audience) => {
      // A third of the commands' code, and asked for by a person.
      const { runDoctor } = await import("../doctor/doctor.ts");
      return runDoctor({ issuer, audience });
    },
  };
}
