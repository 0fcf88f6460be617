import { IssuerFault } from "../../lib/http/issuer-fault.ts";

export interface DocumentFetchOutcome {
  readonly text: string | undefined;
  readonly fault: IssuerFault | undefined;
  readonly elapsedMs: number;
}

/** What a fetch came to and how long it took; any error but an `IssuerFault` fails the test. */
export async function outcomeOf(fetching: Promise<string>): Promise<DocumentFetchOutcome> {
  const startedAtMs = performance.now();
  try {
    const text = await fetching;
    return { text, fault: undefined, elapsedMs: performance.now() - startedAtMs };
  } catch (cause) {
    if (!(cause instanceof IssuerFault)) throw cause;
    return { text: undefined, fault: cause, elapsedMs: performance.now() - startedAtMs };
  }
}
