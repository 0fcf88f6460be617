// How a handler is called: as the runtimes of its own Node version do (aws-lambda-ric 3.3.0 and 4.0.2, read in source).

/** From here on a runtime knows promises and values only. */
const FIRST_WITHOUT_CALLBACKS = 24;
const CALLBACK_REMOVED =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/**
 * @param runtime such as `nodejs22.x`
 * @param whenIdle calls back once nothing is left to do in the thread; answers a function that forgets it
 * @returns (event, context) → a promise of the result
 * @throws where the runtime has no callbacks and the handler takes one
 */
export function callerOf(handler, runtime, whenIdle) {
  const version = Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? FIRST_WITHOUT_CALLBACKS);
  if (version < FIRST_WITHOUT_CALLBACKS) return (event, context) => callWithCallback(handler, event, context, whenIdle);
  if (handler.length >= 3) throw new Error(CALLBACK_REMOVED);
  return async (event, context) => handler(event, context);
}

/**
 * A promise is awaited; any other value is ignored: the answer is that of the callback, which by default waits until the
 * event loop is empty, or of `context.done`, `succeed` and `fail`, which do not. A handler that does neither answers null.
 */
function callWithCallback(handler, event, context, whenIdle) {
  return new Promise((resolve, reject) => {
    let isFinished = false;
    let forget;
    const once =
      (finish) =>
      (...values) => {
        if (isFinished) return;
        isFinished = true;
        forget?.();
        finish(...values);
      };
    const settle = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    context.callbackWaitsForEmptyEventLoop = true;
    context.done = once(settle);
    context.succeed = once(resolve);
    context.fail = once((error) => reject(error ?? "handled"));
    const callback = once((error, result) => {
      if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null))
        whenIdle(() => resolve(result));
      else settle(error, result);
    });
    let result;
    try {
      result = handler(event, context, callback);
    } catch (error) {
      callback(error);
      return;
    }
    if (typeof result?.then === "function") result.then(context.succeed, context.fail);
    else if (!isFinished) forget = whenIdle(once(() => resolve(null)));
  });
}
