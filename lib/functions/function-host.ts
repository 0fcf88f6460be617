import type { AwsProfile } from "./function-environment.ts";

/** What functions find on this machine: made once, handed on as a whole. */
export interface FunctionHost {
  readonly nowMs: () => number;
  /** Takes each line that a function writes. */
  readonly onLog: (functionName: string, line: string) => void;
  /** The base URLs of the issuers that a function may ask, and the loopback origins that answer instead: the embedded issuers. */
  readonly issuerRedirects: ReadonlyMap<string, string>;
  /** The profile of the developer's AWS configuration that functions may use. @default - no credentials at all */
  readonly awsProfile: AwsProfile | undefined;
  /** Where an AWS SDK sends its requests instead: variables by name. @default - to AWS */
  readonly awsEndpoints?: Readonly<Record<string, string>>;
  /** Folders from which the app finds its packages: what Lambda's runtimes bring is looked for there. @default - nowhere */
  readonly sdkFolders?: readonly string[];
  /**
   * The port of the debugger of a function. Where it is given, a function runs in one process only and has no time limit: it
   * may wait in a breakpoint. @default - no debugger
   */
  readonly inspectPortOf?: (functionName: string) => number;
}

/** A host whose functions write to nobody, reach no issuer and have no credentials, but for what is given. */
export const functionHostOf = (given: Pick<FunctionHost, "nowMs"> & Partial<FunctionHost>): FunctionHost => ({
  onLog: () => undefined,
  issuerRedirects: new Map(),
  awsProfile: undefined,
  ...given,
});
