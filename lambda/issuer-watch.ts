import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { documentReader } from "../lib/http/fetch-document.ts";
import { readAuthorities } from "./authorities.ts";
import { type IssuerLook, type LookWorld, lookAtIssuer } from "./issuer-look.ts";
import { type KeyHistory, noteKeys, readHistory } from "./key-history.ts";
import { type KeptText, keptParameter } from "./parameter-store.ts";

// The issuer watch: every few minutes it asks the issuer for the two documents that API Gateway asks for, and writes one
// line in CloudWatch's embedded metric format. What each metric means for people: docs/observability.md.

export interface WatchSettings {
  readonly issuer: string;
  /** The longest that the issuer's access tokens are good. */
  readonly tokenLifetimeMs: number;
  /** The dimension `service` of all metrics. */
  readonly functionName: string;
}

export interface WatchWorld extends LookWorld {
  /** Where the history of the keys is kept; undefined: in this process only. */
  readonly kept: KeptText | undefined;
  /** Takes one line of JSON a look. */
  readonly log: (line: string) => void;
}

/** What the rotation of keys looks like. */
interface Rotation {
  /** Keys that were taken away while tokens of them may live; undefined where that is not known. */
  readonly vanished: readonly string[] | undefined;
  /** Why the history could not be read or written. */
  readonly trouble: string | undefined;
}

const NAMESPACE = "Gatehouse/IssuerWatch";
/** Names in a line are for a person: enough to find the key, not all that an issuer may send. */
const MOST_NAMES = 10;

/** The watch for given settings. Its looks never reject: a watch that fails tells nobody why. */
export function createWatch(settings: WatchSettings, world: WatchWorld): () => Promise<void> {
  const { issuer, tokenLifetimeMs, functionName } = settings;
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: functionName });
  let remembered: KeyHistory | undefined;

  const follow = async (kids: readonly string[]): Promise<Rotation> => {
    let trouble: string | undefined;
    let isKnown = world.kept === undefined || remembered !== undefined;
    try {
      const text = await world.kept?.read();
      if (text !== undefined) {
        isKnown = true;
        // Another instance may have looked since; its word is newer than this one's memory.
        remembered = readHistory(text) ?? remembered;
      }
    } catch (cause) {
      trouble = messageOf(cause);
    }
    const before = JSON.stringify(remembered);
    remembered = noteKeys(remembered, kids, world.nowMs(), tokenLifetimeMs);
    const after = JSON.stringify(remembered);
    if (trouble === undefined && after !== before)
      await world.kept?.write(after).catch((cause: unknown) => {
        trouble = messageOf(cause);
      });
    return { vanished: isKnown ? Object.keys(remembered.vanished) : undefined, trouble };
  };

  return async () => {
    const look = await lookAtIssuer(issuer, world);
    const rotation = look.keys && (await follow(look.keys.kids));
    world.log(emfLine(metrics, issuer, look, rotation));
  };
}

/** One line in the embedded metric format: numbers for CloudWatch, words for anyone who reads the log. */
function emfLine(metrics: Metrics, issuer: string, look: IssuerLook, rotation: Rotation | undefined): string {
  const { fault, keys } = look;
  const { Milliseconds: ms, Count: count, Bytes: bytes } = MetricUnit;
  const measured = [
    ["Failures", count, fault ? 1 : 0],
    ["DiscoveryMs", ms, look.discoveryMs],
    ["JwksMs", ms, look.jwksMs],
    ["JwksBytes", bytes, look.jwksBytes],
    ["Keys", count, keys?.kids.length],
    ["KeysVanished", count, rotation?.vanished?.length],
    ["DefaultKeys", count, keys?.defaultKeysOf.length],
    ["CertificateDaysLeft", count, look.certificateDaysLeft],
  ] as const;
  for (const [name, unit, value] of measured) if (value !== undefined) metrics.addMetric(name, unit, value);
  const words = {
    message: fault ? "the issuer was not reached" : "looked at the issuer",
    issuer,
    fault: fault && `${fault.document} ${fault.stage}: ${fault.detail}`,
    vanished: named(rotation?.vanished),
    defaultKeysOf: named(keys?.defaultKeysOf),
    warnings: named(keys?.warnings),
    history: rotation?.trouble,
  };
  for (const [name, text] of Object.entries(words)) if (text !== undefined) metrics.addMetadata(name, text);
  const line = JSON.stringify(metrics.serializeMetrics());
  metrics.clearMetrics();
  metrics.clearMetadata();
  return line;
}

const named = (names: readonly string[] = []) =>
  names.length === 0 ? undefined : names.slice(0, MOST_NAMES).join(", ");

const messageOf = (cause: unknown) => (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads `ISSUER` and `TOKEN_LIFETIME_MINUTES`.
 * @throws Error naming the variable that is missing or wrong: the function fails, and the alarm for a silent watch rings
 */
export function readSettings({
  ISSUER: issuer,
  TOKEN_LIFETIME_MINUTES: minutes,
  AWS_LAMBDA_FUNCTION_NAME: functionName = "issuer-watch",
}: Variables): WatchSettings {
  if (!issuer) throw new Error("the environment variable ISSUER is missing");
  const tokenLifetimeMs = Number(minutes) * 60_000;
  if (!(tokenLifetimeMs > 0))
    throw new Error("the environment variable TOKEN_LIFETIME_MINUTES is not a number above 0");
  return { issuer, tokenLifetimeMs, functionName };
}

/** The history's parameter, by `HISTORY_PARAMETER`, `SSM_ENDPOINT` and what Lambda sets. */
function keptBy(variables: Variables): KeptText | undefined {
  const { HISTORY_PARAMETER: name, SSM_ENDPOINT: endpoint, AWS_REGION: region = "" } = variables;
  if (!name || !endpoint) return undefined;
  return keptParameter({
    name,
    endpoint,
    region,
    fetch: globalThis.fetch,
    credentials: () => credentialsOf(variables),
  });
}

const credentialsOf = (variables: Variables) => ({
  accessKeyId: variables.AWS_ACCESS_KEY_ID ?? "",
  secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? "",
  ...(variables.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: variables.AWS_SESSION_TOKEN }),
});

let watch: ReturnType<typeof createWatch> | undefined;

/** The Lambda's entry; what the schedule sends is not read. */
export const handler = (): Promise<void> => {
  const ca = readAuthorities(process.env);
  watch ??= createWatch(readSettings(process.env), {
    readDocument: documentReader(ca === undefined ? {} : { ca }),
    nowMs: Date.now,
    kept: keptBy(process.env),
    // Not by the console: with JSON logging Lambda would wrap the line as a text, and CloudWatch would find no metric.
    log: (line) => process.stdout.write(`${line}\n`),
  });
  return watch();
};
