import { ISSUER_DEADLINE_MS } from "../aws/limits.ts";
import type { IssuerDocument, ReadDocument } from "../http/fetch-document.ts";
import { IssuerFault } from "../http/issuer-fault.ts";
import type { IssuerStage } from "../rules/key-answer.ts";
import { type CheckName, type DoctorFinding, fail, pass, warn } from "./check.ts";

const TRIES = 3;
/** Seen from another place the same answer may take longer. */
const LONG_MS = 750;

/** What came of asking for one document three times. */
export interface Tries {
  /** The last answer that came whole, and when. */
  readonly document: (IssuerDocument & { readonly receivedAtMs: number }) | undefined;
  readonly tookMs: readonly number[];
  readonly faults: readonly IssuerFault[];
}

/** Asks three times, one after another: an issuer that is slow now and then refuses good tokens now and then (4.13). */
export async function tryThrice(url: string, read: ReadDocument, nowMs: () => number): Promise<Tries> {
  const tookMs: number[] = [];
  const faults: IssuerFault[] = [];
  let document: Tries["document"];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const startedAtMs = nowMs();
    try {
      // oxlint-disable-next-line no-await-in-loop -- at the same time they would slow one another
      const answer = await read(url);
      document = { ...answer, receivedAtMs: nowMs() };
      tookMs.push(Math.round(document.receivedAtMs - startedAtMs));
    } catch (cause) {
      if (!(cause instanceof IssuerFault)) throw cause;
      faults.push(cause);
    }
  }
  return { document, tookMs, faults };
}

/** The row about reaching a document. @param who asks for it once the API is deployed */
export function checkTries(
  check: CheckName & ("discovery" | "jwks"),
  { tookMs, faults }: Tries,
  who: string,
): DoctorFinding {
  const [fault] = faults;
  if (fault) {
    const times = faults.length === TRIES ? "" : `${faults.length} of ${TRIES} tries failed, `;
    const sometimes = faults.length === TRIES ? "" : `; now and then ${who} will refuse good tokens`;
    return fail(check, `${times}${fault.stage}: ${fault.detail}${sometimes}`, remedyOf(check, fault.stage));
  }
  const times = `answered in ${tookMs.join(", ")} ms; ${who} waits ${ISSUER_DEADLINE_MS.toLocaleString("en")} ms`;
  return Math.max(...tookMs) > LONG_MS
    ? warn(
        check,
        times,
        "make it quicker, or cache the document on a proxy: from AWS it may take longer than from here",
      )
    : pass(check, times);
}

function remedyOf(check: "discovery" | "jwks", stage: IssuerStage): string {
  const remedy = REMEDIES[stage];
  return typeof remedy === "string" ? remedy : remedy[check];
}

const WHERE_DISCOVERY_IS =
  "WSO2 serves discovery under <issuer>/.well-known/openid-configuration where the issuer ends in /oauth2/token (a tenant's: /t/<tenant>/oauth2/token), and under no other path";

const REMEDIES: Readonly<Record<IssuerStage, string | Readonly<Record<"discovery" | "jwks", string>>>> = {
  dns: "publish the name in a public DNS zone, or correct it",
  connect: "see that the server is up and that its firewall lets in who asks: the Internet, or the mirror's VPC",
  tls: "see the checks of the certificate; NODE_EXTRA_CA_CERTS=ca.pem lets doctor look behind a private authority",
  timeout: `make the issuer answer within ${ISSUER_DEADLINE_MS.toLocaleString("en")} ms, the look-up of the name and the handshake included`,
  status: { discovery: WHERE_DISCOVERY_IS, jwks: "see that jwks_uri is the address of the JWKS and open to all" },
  redirect: "name the place where the document is: whether API Gateway follows redirects is not known",
  size: "answer with at most 150,000 bytes and without compression that was not asked for",
  parse: {
    discovery: WHERE_DISCOVERY_IS,
    jwks: "have jwks_uri answer JSON; WSO2 answers an unknown tenant with status 200 and a plain text",
  },
  issuer: "set the issuer that the document names, or correct the document",
  keys: "publish an RSA signature key",
};
