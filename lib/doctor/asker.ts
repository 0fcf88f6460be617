import type { DoctorFinding } from "./check.ts";

/** Who asks the issuer once the API is deployed, and so what the issuer must be. */
export type Asker = { readonly kind: "api-gateway" } | Mirror;

/** The Lambda authorizer of `"authorizer": "lambda"`. It has API Gateway's limits of time and size. */
export interface Mirror {
  readonly kind: "mirror";
  /** Whether it stands in a VPC, and reaches what only that network knows. */
  readonly inVpc: boolean;
  /** PEM of the authorities that it trusts, these only (`caBundle`); undefined for those that come with Node. */
  readonly ca: string | undefined;
}

export type ReportedAsker = { readonly kind: "api-gateway" } | ReportedMirror;

/** The mirror in a report: that it has authorities of its own, not which. */
export interface ReportedMirror {
  readonly kind: "mirror";
  readonly inVpc: boolean;
  readonly ownAuthorities: boolean;
}

export const reported = (asker: Asker): ReportedAsker =>
  asker.kind === "mirror"
    ? { kind: "mirror", inVpc: asker.inVpc, ownAuthorities: asker.ca !== undefined }
    : { kind: "api-gateway" };

export const nameOf = ({ kind }: Pick<Asker, "kind">): string => (kind === "mirror" ? "the mirror" : "API Gateway");

/** Whether an address or a name of a private network will do. */
export const reachesPrivate = (asker: Asker): boolean => asker.kind === "mirror" && asker.inVpc;

/** Warnings of what is not known of API Gateway: the mirror is ours, takes any port and reads no content type. */
const UNKNOWN_OF_API_GATEWAY = new Set(["issuer-port", "discovery-type", "discovery-members"]);
const ASKS_FOR_THE_INTERNET = new Set(["issuer-host", "dns-public"]);

/** What the checks found, for whom it matters to: the mirror minds less, and no fact about API Gateway speaks of it. */
export function findingsFor(asker: Asker, results: readonly DoctorFinding[]): readonly DoctorFinding[] {
  return asker.kind === "mirror" ? results.map((result) => findingForMirror(asker, result)) : results;
}

function findingForMirror({ inVpc }: Mirror, result: DoctorFinding): DoctorFinding {
  const { code, level, what } = result;
  const ours = { ...result, fact: null, confidence: "UNK" } as const;
  const isOfInternet = level === "fail" && ASKS_FOR_THE_INTERNET.has(code);
  if ((level === "warn" && UNKNOWN_OF_API_GATEWAY.has(code)) || (isOfInternet && inVpc)) {
    const why = `does not apply: the mirror connects${inVpc ? " from its VPC" : ""}, not API Gateway`;
    return { ...ours, level: "skipped", what: `${what}: ${why}`, fix: null };
  }
  return isOfInternet ? { ...ours, fix: NO_VPC } : ours;
}

const NO_VPC = "the mirror stands in no VPC: give it one that reaches the issuer (vpc), or publish the issuer";
