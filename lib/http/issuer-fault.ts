import type { IssuerStage } from "../rules/key-answer.ts";

/**
 * The way to an issuer's document broke off. `detail` is for the log, `explain` and `doctor`: it never holds the body.
 */
export class IssuerFault extends Error {
  override readonly name = "IssuerFault";
  readonly stage: IssuerStage;
  readonly detail: string;

  constructor(stage: IssuerStage, detail: string, options?: ErrorOptions) {
    super(`${stage}: ${detail}`, options);
    this.stage = stage;
    this.detail = detail;
  }
}

const DNS_CODES = new Set(["ENOTFOUND", "EAI_AGAIN", "ENODATA", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);

/** What Node threw, as a fault; `reached` is how far the request had got. */
export function faultOf(cause: unknown, reached: IssuerStage): IssuerFault {
  if (cause instanceof IssuerFault) return cause;
  const code = codeOf(cause) ?? "";
  const detail = code || (cause instanceof Error ? cause.message.slice(0, 200) : "unknown error");
  return new IssuerFault(stageOf(code, reached), detail, { cause });
}

function stageOf(code: string, reached: IssuerStage): IssuerStage {
  if (DNS_CODES.has(code)) return "dns";
  if (code === "HPE_HEADER_OVERFLOW") return "size";
  // Whatever answers there, it is no HTTP server.
  if (code.startsWith("HPE_")) return "parse";
  return reached === "tls" ? "tls" : "connect";
}

/** Node tries each address of a name and wraps what failed. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ("code" in cause && typeof cause.code === "string" && cause.code !== "") return cause.code;
  return cause instanceof AggregateError ? codeOf(cause.errors[0]) : undefined;
}
