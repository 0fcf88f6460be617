import type { Provider } from "oidc-provider";

/** A request on its way through the library, and its answer. */
export type Context = Parameters<Parameters<Provider["use"]>[0]>[0];
