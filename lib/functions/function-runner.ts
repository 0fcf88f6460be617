import type { FunctionModel, LocalFunction } from "../assembly/model.ts";
import type { Invocation, InvocationRequest } from "./execution-environment.ts";
import type { FunctionHost } from "./function-host.ts";
import { FunctionPool } from "./function-pool.ts";
import { InvokedFunction } from "./invoked-function.ts";

/** What runs one function, here or elsewhere. */
export interface FunctionRunner {
  readonly model: FunctionModel;
  /** Gets ready ahead of the first request. */
  warm(): void;
  invoke(request: InvocationRequest): Promise<Invocation>;
  /** Begins nothing more; what runs is still answered. */
  close(): void;
}

export const runnerOf = (model: FunctionModel, host: FunctionHost): FunctionRunner =>
  runsHere(model) ? new FunctionPool(model, host) : new InvokedFunction(model, host);

const runsHere = (model: FunctionModel): model is LocalFunction => !("invokeUrl" in model.code);
