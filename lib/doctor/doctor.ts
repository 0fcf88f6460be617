import { lookup as lookUpName } from "node:dns/promises";
import { ISSUER_DEADLINE_MS, MOST_ISSUER_DOCUMENT_BYTES } from "../aws/limits.ts";
import { finding } from "../findings/finding.ts";
import { documentReader, isOnLoopback, type ReadDocument } from "../http/fetch-document.ts";
import { discoveryUrlOf } from "../keys/discovery.ts";
import type { FindKey } from "../rules/key-answer.ts";
import type { KeySet } from "../rules/key-set.ts";
import { checkAddresses, checkKeysHost, type Lookup } from "./addresses.ts";
import { type Asker, findingsFor, nameOf, type ReportedAsker, reported } from "./asker.ts";
import { checkCertificate } from "./certificate.ts";
import { type DoctorFinding, inOrder, skip } from "./check.ts";
import { checkClock } from "./clock-check.ts";
import { type CreateAuthorizerVerdict, createAuthorizerVerdict } from "./create-authorizer.ts";
import { checkDiscovery } from "./discovery-check.ts";
import { handshaker, type ShakeHands } from "./handshake.ts";
import { checkForm } from "./issuer-form.ts";
import { checkJwks } from "./jwks-check.ts";
import { checkToken } from "./token-check.ts";
import { checkTries, tryThrice } from "./tries.ts";

/** What `doctor` is asked. */
export interface DoctorOptions {
  readonly issuer: string;
  /** @default - API Gateway, for its native authorizer */
  readonly asker?: Asker;
  /** The authorizer's audience; `[]` where it is not known, and then it is not compared. */
  readonly audience: readonly string[];
  /** A token to ask every rule about. It is shown nowhere. */
  readonly token?: string | undefined;
  /** Told before each slow step, in a few words. */
  readonly onProgress?: (step: string) => void;
  /** @default - the network and the clock of this machine */
  readonly world?: DoctorWorld;
}

/** What `doctor` reaches outside itself. */
export interface DoctorWorld {
  readonly lookup: Lookup;
  readonly shakeHands: ShakeHands;
  /** Makes a reader of documents that trusts what Node trusts or, where it is given, these authorities only. */
  readonly readerTrusting: (ca: string | undefined) => ReadDocument;
  readonly nowMs: () => number;
}

/** All that was found, in one piece. */
export interface DoctorReport {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Whether nothing failed. */
  readonly usable: boolean;
  /** Whether this machine reached the issuer; where not, the reason may be this machine's own. */
  readonly reached: boolean;
  readonly results: readonly DoctorFinding[];
  /** For whom the checks speak. */
  readonly asker: ReportedAsker;
  /** Null where the mirror asks: its creation asks nobody. */
  readonly createAuthorizer: CreateAuthorizerVerdict | null;
}

const thisMachine: DoctorWorld = {
  lookup: async (host) => (await lookUpName(host, { all: true })).map(({ address }) => address),
  shakeHands: handshaker(),
  readerTrusting: (ca) =>
    documentReader({
      deadlineMs: ISSUER_DEADLINE_MS,
      maxBytes: MOST_ISSUER_DOCUMENT_BYTES,
      httpOnLoopback: true,
      ...(ca === undefined ? {} : { ca }),
    }),
  nowMs: Date.now,
};

/**
 * Can API Gateway, or the mirror, use this issuer? All checks in one run: a failed one stops only those that read what it did not find.
 * Never rejects for anything that an issuer does.
 */
export async function runDoctor(options: DoctorOptions): Promise<DoctorReport> {
  const { audience, token, asker = { kind: "api-gateway" }, world = thisMachine } = options;
  const visit: Visit = { world, asker, onProgress: options.onProgress ?? (() => undefined), found: [] };
  // A password has no place in an issuer, and none in a report.
  const issuer = options.issuer.replace(/^(\s*https?:\/\/)[^/?#]*@/i, "$1***@");
  visit.found.push(...checkForm(issuer));
  const { keySet, reached } = URL.canParse(issuer) ? await askIssuer(issuer, visit) : NOT_ASKED;
  const results = [...findingsFor(asker, inOrder(visit.found))];
  if (token === undefined) results.push(NO_TOKEN);
  else results.push(...(await checkToken({ token, issuer, audience }, finderIn(keySet), world.nowMs())));
  const createAuthorizer = asker.kind === "mirror" ? null : createAuthorizerVerdict(issuer, results, reached);
  return {
    issuer,
    audience,
    checkedAt: new Date(world.nowMs()).toISOString(),
    usable: !results.some(({ level }) => level === "fail"),
    reached,
    results,
    asker: reported(asker),
    createAuthorizer,
  };
}

interface Visit {
  readonly world: DoctorWorld;
  readonly asker: Asker;
  readonly onProgress: (step: string) => void;
  readonly found: DoctorFinding[];
}

interface Asked {
  readonly keySet: KeySet | undefined;
  readonly reached: boolean;
}

/** What the issuer's form forbids to ask is not a matter of this machine's network. */
const NOT_ASKED: Asked = { keySet: undefined, reached: true };

/** Goes the way of API Gateway and of the mirror: name, certificate, discovery, keys. */
async function askIssuer(issuer: string, visit: Visit): Promise<Asked> {
  const { world, asker, onProgress, found } = visit;
  const url = new URL(issuer);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  onProgress(`looking up ${host}`);
  const addresses = await checkAddresses(host, world.lookup, asker);
  found.push(...addresses);
  if (addresses.some(({ code, level }) => code === "dns" && level === "fail"))
    return { keySet: undefined, reached: false };
  let trusted: string | undefined;
  let reached = true;
  if (url.protocol === "https:") {
    onProgress("looking at the certificate");
    const certificate = await checkCertificate(url, world.shakeHands, world.nowMs(), asker);
    found.push(...certificate.results);
    trusted = certificate.trusted;
    reached = certificate.reached;
  } else {
    found.push(skip("tls-chain", `not checked: there is no certificate on ${url.protocol}//`));
    if (!isOnLoopback(url)) {
      found.push(skip("discovery", "not checked: doctor fetches over http from this machine only"));
      return NOT_ASKED;
    }
  }
  const keySet = await askDocuments(issuer, world.readerTrusting(trusted), visit);
  return { keySet, reached };
}

async function askDocuments(
  issuer: string,
  read: ReadDocument,
  { world, asker, onProgress, found }: Visit,
): Promise<KeySet | undefined> {
  const { lookup, nowMs } = world;
  onProgress("asking for the discovery document, three times");
  const discovery = await tryThrice(discoveryUrlOf(issuer), read, nowMs);
  found.push(checkTries("discovery", discovery, nameOf(asker)));
  if (!discovery.document) return undefined;
  found.push(checkClock(discovery.document.date, discovery.document.receivedAtMs));
  const { results, jwksUri } = checkDiscovery(discovery.document, issuer);
  found.push(...results);
  if (jwksUri === undefined) return undefined;
  found.push(await checkKeysHost(jwksUri, issuer, lookup, asker));
  onProgress("asking for the keys, three times");
  const jwks = await tryThrice(jwksUri, read, nowMs);
  found.push(checkTries("jwks", jwks, nameOf(asker)));
  if (!jwks.document) return undefined;
  const keys = checkJwks(jwks.document);
  found.push(...keys.results);
  return keys.keySet;
}

/** The keys as they were just fetched; without them no token can be judged by its key. */
const finderIn =
  (keySet: KeySet | undefined): FindKey =>
  (kid) => {
    if (keySet) return keySet.byKid.get(kid) ?? { kind: "unknown", kids: [...keySet.byKid.keys()] };
    const detail = "not fetched: see the checks before this one";
    return { kind: "unavailable", document: "jwks", stage: "keys", detail };
  };

const NO_TOKEN: DoctorFinding = finding(
  "token",
  "skipped",
  "no token given: --token TOKEN, or --token - to read it from standard input, checks every rule",
);
