import { connect as connectTls, type DetailedPeerCertificate, rootCertificates } from "node:tls";

/** Whom a handshake trusts: the authorities that come with Node, or also those of this machine. */
export type Trust = "public" | "here";

/** What a server showed of itself. */
export interface Handshake {
  /** Why its chain is not trusted, in OpenSSL's word; undefined where it is. The name is not part of it. */
  readonly chainError: string | undefined;
  readonly certificate: DetailedPeerCertificate;
}

/** Shakes hands with a server, whoever it is. Rejects where there is no TLS at all. */
export type ShakeHands = (host: string, port: number, trust: Trust) => Promise<Handshake>;

const DEADLINE_MS = 3_000;

/** As Node does it. Nothing is sent over the connection, so that looking at an untrusted server harms nobody. */
export const shakeHands: ShakeHands = (host, port, trust) =>
  new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port,
      servername: host,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      timeout: DEADLINE_MS,
      // With a list of one's own, NODE_EXTRA_CA_CERTS counts no more.
      ...(trust === "public" ? { ca: [...rootCertificates] } : {}),
    });
    socket.once("secureConnect", () => {
      const { authorized, authorizationError } = socket;
      resolve({
        // Node says Error and gives the code as a string.
        chainError: authorized ? undefined : String(authorizationError),
        certificate: socket.getPeerCertificate(true),
      });
      socket.destroy();
    });
    socket.once("timeout", () => socket.destroy(new Error(`no handshake within ${DEADLINE_MS} ms`)));
    socket.once("error", reject);
  });
