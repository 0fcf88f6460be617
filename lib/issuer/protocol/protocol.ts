import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import type { Minting } from "../../tokens/minting.ts";
import type { SigningKey } from "../../tokens/signing-keys.ts";
import { send } from "../answers.ts";
import type { Applications } from "../applications.ts";
import type { IssuerData } from "../issuer-data.ts";
import type { IssuerEndpoints } from "../issuer-endpoints.ts";
import { organisationOf } from "../organisation.ts";
import type { Profile } from "../profiles.ts";
import type { User } from "../users.ts";
import { AccessTokens } from "./access-tokens.ts";
import { Accounts } from "./accounts.ts";
import { translateAnswers } from "./outgoing.ts";
import { Pages } from "./pages.ts";
import { type Library, makeProvider } from "./provider.ts";
import { RequestTranslation } from "./request-translation.ts";
import { type FiledRecords, ProtocolStore } from "./store.ts";
import { bodyOf } from "./wordings.ts";

export interface ProtocolOptions {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly applications: Applications;
  readonly users: readonly User[];
  readonly key: SigningKey;
  readonly minting: Minting;
  readonly data: IssuerData;
}

/** OAuth 2.0 and OpenID Connect of one issuer. */
export interface Protocol {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The scopes of an application's own token; undefined for a text that is not a valid one. */
  scopesOf(token: string): Promise<readonly string[] | undefined>;
}

/**
 * The certified library `oidc-provider`, as WSO2: what goes in and comes out is translated here, and no step of the
 * protocol is taken here.
 */
export async function startProtocol(options: ProtocolOptions): Promise<Protocol> {
  const { issuer, profile, endpoints, applications, users, key, minting, data } = options;
  const library = await loadLibrary();
  const organisation = organisationOf(endpoints);
  // The library has no clock to give in: its records end by the system's.
  const store = new ProtocolStore(Date.now, data.records as FiledRecords | undefined, () => data.saveSoon());
  data.keepRecords(() => store.records);
  const accounts = new Accounts(users, profile.form, organisation);
  const about = `Gatehouse's embedded issuer, as ${profile.title}. Not for production.`;
  const pages = new Pages(applications, about);
  const tokens = new AccessTokens({ issuer, organisation, key, minting, store });
  const translation = new RequestTranslation({ issuer, profile, endpoints, applications, tokens });
  const { cookieKey } = data;
  const { otherScopes } = translation;
  const sessionNotFound = library.errors.SessionNotFound;
  let made: { readonly provider: Promise<Provider>; readonly version: string } | undefined;
  const currentProvider = (): Promise<Provider> => {
    const version = `${applications.version} ${otherScopes.size}`;
    if (made?.version === version) return made.provider;
    const shared = { issuer, profile, endpoints, applications, accounts, store, pages, otherScopes, cookieKey, key };
    const provider = makeProvider(library, shared).then((one) => {
      translateAnswers(one, {
        issuer,
        profile,
        endpoints,
        applications,
        accounts,
        tokens,
        about,
        translation,
        sessionNotFound,
      });
      return one;
    });
    made = { provider, version };
    return provider;
  };
  return {
    answer: async (request, response) => {
      const translated = await translation.translate(request);
      if (translated.kind === "refused") {
        const { wording } = translated;
        return send(response, wording.status, bodyOf(wording), { "cache-control": "no-store", pragma: "no-cache" });
      }
      await (await currentProvider()).callback()(translated.request, response);
    },
    scopesOf: (token) => tokens.scopesOf(token),
  };
}

/** Loads the library without its one complaint at that moment: about Node 20, on which our tests run it. */
async function loadLibrary(): Promise<Library> {
  const { warn } = console;
  console.warn = (...said: unknown[]) => {
    if (!String(said[0]).includes("Unsupported runtime")) warn(...said);
  };
  try {
    return await import("oidc-provider");
  } finally {
    console.warn = warn;
  }
}
