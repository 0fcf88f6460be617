import type { IssuerStage } from "../rules/decision.ts";

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
