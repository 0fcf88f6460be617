import { connect as connectTls, type DetailedPeerCertificate, rootCertificates } from "node:tls";

/** Whom a handshake trusts: the public authorities, those of this machine too, or those of a PEM only. */
type Trust = "public" | "here" | { readonly only: string };

/** What a server showed of itself. */
export interface Handshake {
  /** Why its chain is not trusted, in OpenSSL's word; undefined where it is. The name is not part of it. */
  readonly chainError: string | undefined;
  readonly certificate: DetailedPeerCertificate;
}

/** Shakes hands with a server, whichever it is. Rejects where there is no TLS at all. */
export type ShakeHands = (host: string, port: number, trust: Trust) => Promise<Handshake>;

/** PEM of authorities by whom they are trusted; what is not given is Node's own. */
export interface Roots {
  /** @default - those that come with Node (Mozilla's); that AWS trusts the same is inferred */
  readonly public?: readonly string[];
  /** @default - Node's store, with NODE_EXTRA_CA_CERTS */
  readonly here?: readonly string[];
}

const DEADLINE_MS = 3_000;

function authoritiesOf(trust: Trust, roots: Roots): readonly string[] | undefined {
  if (typeof trust === "object") return [trust.only];
  return trust === "public" ? (roots.public ?? rootCertificates) : roots.here;
}

/** Nothing is sent over the connection, so that looking at a server that is not trusted harms nobody. */
export function handshaker(roots: Roots = {}): ShakeHands {
  return (host, port, trust) => {
    // With a list of one's own, NODE_EXTRA_CA_CERTS counts no more.
    const ca = authoritiesOf(trust, roots);
    return new Promise((resolve, reject) => {
      const socket = connectTls({
        host,
        port,
        servername: host,
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ...(ca === undefined ? {} : { ca: [...ca] }),
      });
      const deadline = setTimeout(() => {
        socket.destroy(new Error(`no handshake within ${DEADLINE_MS} ms`));
      }, DEADLINE_MS);
      socket.once("close", () => clearTimeout(deadline));
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        const { authorized, authorizationError } = socket;
        // Node's types say Error; it gives the code as a string.
        const chainError = authorized ? undefined : String(authorizationError);
        resolve({ chainError, certificate: socket.getPeerCertificate(true) });
        socket.destroy();
      });
    });
  };
}
