import { AwsClient } from "aws4fetch";

/** One text that outlives the function's instances. Both reject where it cannot be reached. */
export interface KeptText {
  read(): Promise<string>;
  write(text: string): Promise<void>;
}

export interface ParameterOptions {
  readonly name: string;
  /** Of Systems Manager in this region. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: () => {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly fetch: typeof globalThis.fetch;
}

/** A function in a network without a way to Systems Manager should notice at once. */
const DEADLINE_MS = 1_000;

/**
 * A parameter of Systems Manager's Parameter Store, by its two calls: the SDK for them would be thirty times this function
 * (docs/decisions/issuer-watch.md). At most 4 KB, which AWS checks.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export function keptParameter({ name, endpoint, region, credentials, fetch }: ParameterOptions): KeptText {
  const call = async (action: "GetParameter" | "PutParameter", body: object): Promise<unknown> => {
    const signed = await new AwsClient({ ...credentials(), region, service: "ssm" }).sign(endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AmazonSSM.${action}` },
      body: JSON.stringify({ Name: name, ...body }),
    });
    const response = await fetch(signed, { signal: AbortSignal.timeout(DEADLINE_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action} answered ${response.status} ${text.slice(0, 200)}`);
    return JSON.parse(text);
  };
  return {
    read: async () => {
      const { Parameter: parameter } = (await call("GetParameter", {})) as { Parameter?: { Value?: unknown } };
      if (typeof parameter?.Value !== "string") throw new Error("GetParameter answered no value");
      return parameter.Value;
    },
    write: async (text) => void (await call("PutParameter", { Value: text, Overwrite: true })),
  };
}
