import type { Profile } from "../profiles.ts";
import type { Asker } from "./asker.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ManagementAnswer } from "./management-answer.ts";

/** One call of the management API by somebody who may make it. */
export interface Call {
  readonly catalogue: Catalogue;
  readonly asker: Asker;
  readonly profile: Profile;
  /** What the path names: an application, an API resource, a client or a scope; `` where it names none. */
  readonly id: string;
  /** What the path names after that. */
  readonly subId: string;
  readonly query: URLSearchParams;
  /** Undefined where there is none. */
  readonly body: unknown;
  /** Where the API is: `http://127.0.0.1:PORT/t/orders`. */
  readonly base: string;
  /** As WSO2 names it: `carbon.super`, or the tenant. */
  readonly tenant: string;
}

export type Handler = (call: Call) => ManagementAnswer;
