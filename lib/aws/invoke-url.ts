const INVOKE_PATH = "/2015-03-31/functions/";

/**
 * The URL of Lambda's Invoke API for a function: one that names a function already is taken as it is, such as the runtime
 * interface emulator's `http://127.0.0.1:9000/2015-03-31/functions/function/invocations`; to any other the path is added.
 * Source: AWS Lambda API reference, Invoke (DOC).
 * @param url of a server that speaks that API, such as `sam local start-lambda`
 * @param name of the function, as that server knows it; a stack before it is left out
 */
export function invokeUrl(url: string, name: string): string {
  if (new URL(url).pathname.startsWith(INVOKE_PATH)) return url;
  const own = name.slice(name.lastIndexOf("/") + 1);
  return `${url.replace(/\/+$/, "")}${INVOKE_PATH}${encodeURIComponent(own)}/invocations`;
}
