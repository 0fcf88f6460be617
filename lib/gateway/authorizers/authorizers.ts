import type { AuthorizationModel, RequestAuthorizerModel } from "../../assembly/model.ts";
import type { FindKey } from "../../rules/key-answer.ts";
import type { SignatureMemory } from "../../rules/signature-memory.ts";
import type { HeldKeys } from "../request-log.ts";
import type { RouteAuthorizer } from "./authorizer.ts";
import { jwtAuthorizer } from "./jwt-authorizer.ts";
import { noAuthorizer } from "./no-authorizer.ts";
import { unservedAuthorizer } from "./unserved-authorizer.ts";

/** What authorizers are made from. */
export interface AuthorizerParts {
  readonly keysFor: (issuer: string) => FindKey;
  readonly heldKeysOf: (issuer: string) => HeldKeys | undefined;
  readonly memory: SignatureMemory;
  /** The one authorizer of a model: all its routes share its cache (8.9, DOC). */
  readonly requestAuthorizer: (model: RequestAuthorizerModel) => RouteAuthorizer;
}

type Kind = AuthorizationModel["kind"];
type ModelOf<Of extends Kind> = Extract<AuthorizationModel, { kind: Of }>;

/** Every kind of authorizer that a route may have. */
const AUTHORIZERS: { readonly [Of in Kind]: (model: ModelOf<Of>, parts: AuthorizerParts) => RouteAuthorizer } = {
  none: () => noAuthorizer,
  unserved: ({ reason }) => unservedAuthorizer(reason),
  jwt: ({ authorizer, scopes }, { keysFor, heldKeysOf, memory }) => {
    const { issuer } = authorizer;
    return jwtAuthorizer(authorizer, scopes, { findKey: keysFor(issuer), heldKeys: () => heldKeysOf(issuer), memory });
  },
  request: ({ authorizer }, { requestAuthorizer }) => requestAuthorizer(authorizer),
};

/** Makes the authorizer of a route. */
export function authorizerOf<Of extends Kind>(model: ModelOf<Of>, parts: AuthorizerParts): RouteAuthorizer {
  const make: (model: ModelOf<Of>, parts: AuthorizerParts) => RouteAuthorizer = AUTHORIZERS[model.kind];
  return make(model, parts);
}
