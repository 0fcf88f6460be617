import { z } from "zod";
import { ISSUER_DEADLINE_MS } from "../aws/limits.ts";
import { arn } from "./placement.ts";

// What an environment says about alarms, their thresholds, who gets them, and the watch over the issuer.

/** A percentage from which an alarm can be reached. */
const percent = () => z.number().positive().max(100);

const apiThresholds = z.strictObject({
  serverErrorPercent: percent().optional().describe("Of the requests, with status 5xx; 1 unless given"),
  refusedPercent: percent().optional().describe("Of the requests, refused by the authorizer; 20 unless given"),
  fewestRequests: z.int().positive().optional().describe("Shares are of at least so many requests; 50 unless given"),
  latencyP99Ms: z.number().positive().optional().describe("99 of 100 requests are quicker; 3000 unless given"),
  throttledRequests: z.int().positive().optional().describe("With status 429; 10 unless given"),
  issuerFaults: z
    .int()
    .positive()
    .optional()
    .describe("Requests refused because the issuer was not reached; 1 unless given"),
  functionFailures: z.int().positive().optional().describe("Of each function, throttles too; 1 unless given"),
});

export const alarms = z.strictObject({
  email: z
    .email("an e-mail address")
    .optional()
    .describe("Gets a mail for each alarm, once it has confirmed AWS's first"),
  topicArn: arn("sns").optional().describe("A topic that exists, told of each alarm"),
  thresholds: apiThresholds.optional().describe("From which value on, in five minutes, an alarm rings"),
});

export const issuerWatch = z.strictObject({
  everyMinutes: z.int().min(1).max(60).default(5).describe("How often the issuer is looked at"),
  tokenLifetimeMinutes: z
    .int()
    .min(1)
    .max(10_080)
    .default(60)
    .describe("The longest that the issuer's access tokens are good; WSO2's default is 60"),
  thresholds: z
    .strictObject({
      slowMs: z
        .int()
        .positive()
        .max(ISSUER_DEADLINE_MS - 1)
        .optional()
        .describe(
          `For either document, of ${ISSUER_DEADLINE_MS.toLocaleString("en")} that API Gateway waits; 1000 unless given`,
        ),
      certificateDays: z.int().positive().optional().describe("Until the certificate ends; 21 unless given"),
    })
    .optional()
    .describe("From which value on an alarm rings"),
});
