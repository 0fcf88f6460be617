// How a handler is called: as the runtimes of its own Node version do (aws-lambda-ric 3.3.0 and 4.0.2, read in source).

/** From here on a runtime knows promises and values only. */
const FIRST_WITHOUT_CALLBACKS = 24;
const CALLBACK_REMOVED =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** A function's handler, of any of the forms that Lambda knows. */
export type Handler = (event: unknown, context: LambdaContext, callback?: Callback) => unknown;

type Callback = (error?: unknown, result?: unknown) => void;

/** The context object of a request; a runtime with callbacks adds the last four. */
export interface LambdaContext extends Readonly<Record<string, unknown>> {
  callbackWaitsForEmptyEventLoop?: boolean;
  done?: Callback;
  succeed?: (result?: unknown) => void;
  fail?: (error?: unknown) => void;
}

/** Calls back once nothing is left to do in the process. @returns forgets it */
export type WhenIdle = (callback: () => void) => () => void;

/** Calls a handler with an event. */
export type CallHandler = (event: unknown, context: LambdaContext) => Promise<unknown>;

/**
 * Makes the way in which a runtime calls a handler.
 * @param runtime such as `nodejs22.x`
 * @throws Error where the runtime has no callbacks and the handler takes one
 */
export function callerOf(handler: Handler, runtime: string, whenIdle: WhenIdle): CallHandler {
  const version = Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? FIRST_WITHOUT_CALLBACKS);
  if (version < FIRST_WITHOUT_CALLBACKS) return (event, context) => callWithCallback(handler, event, context, whenIdle);
  if (handler.length >= 3) throw new Error(CALLBACK_REMOVED);
  return async (event, context) => handler(event, context);
}

/**
 * A promise is awaited; any other value is ignored: the answer is that of the callback, which by default waits until the
 * event loop is empty, or of `context.done`, `succeed` and `fail`, which do not. A handler that does neither answers null.
 */
function callWithCallback(
  handler: Handler,
  event: unknown,
  context: LambdaContext,
  whenIdle: WhenIdle,
): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    let isFinished = false;
    let forget: (() => void) | undefined;
    const once =
      <Values extends readonly unknown[]>(finish: (...values: Values) => void) =>
      (...values: Values) => {
        if (isFinished) return;
        isFinished = true;
        forget?.();
        finish(...values);
      };
    const settle: Callback = (error, result) =>
      error === undefined || error === null ? resolve(result) : reject(error);
    context.callbackWaitsForEmptyEventLoop = true;
    context.done = once(settle);
    const succeed = once((value?: unknown) => resolve(value));
    context.succeed = succeed;
    const fail = once((error?: unknown) => reject(error ?? "handled"));
    context.fail = fail;
    const callback = once((error?: unknown, result?: unknown) => {
      if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null))
        whenIdle(() => resolve(result));
      else settle(error, result);
    });
    let result: unknown;
    try {
      result = handler(event, context, callback);
    } catch (error) {
      callback(error);
      return;
    }
    if (isPromise(result)) result.then(succeed, fail);
    else if (!isFinished) forget = whenIdle(once(() => resolve(null)));
  });
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
