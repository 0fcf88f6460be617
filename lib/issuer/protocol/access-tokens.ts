import { randomUUID } from "node:crypto";
import { compactVerify } from "jose";
import type { Minting } from "../../tokens/minting.ts";
import type { SigningKey } from "../../tokens/signing-keys.ts";
import type { EmbeddedClient } from "../embedded-client.ts";
import type { Organisation } from "../organisation.ts";
import type { User } from "../users.ts";
import type { ProtocolStore } from "./store.ts";

/** An access token that the library gave. */
export interface Granted {
  /** As the library knows it. */
  readonly value: string;
  readonly client: EmbeddedClient;
  /** Absent for an application's own token. */
  readonly user: User | undefined;
  readonly scopes: readonly string[];
  readonly grantType: string;
  readonly ttlSeconds: number;
}

const KIND = "GivenAccessToken";

/**
 * Access tokens as clients see them. The library keeps tokens of its own, which mean nothing outside; a client gets a JWT
 * in WSO2's form, or a UUID where the application's type is `Default`, and both lead back to the library's token.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /** The token to give away for the library's. */
  async give(granted: Granted): Promise<string> {
    const { issuer, organisation, minting, store } = this.#options;
    const { value, client, user, scopes, grantType, ttlSeconds } = granted;
    const tokenId = randomUUID();
    store.put(KIND, tokenId, { jti: value }, ttlSeconds);
    if (client.accessTokenType === "Default") return tokenId;
    const subject = {
      issuer,
      organisation,
      clientId: client.clientId,
      audience: client.audience,
      scopes,
      grantType,
      tokenId,
      ...(user === undefined ? {} : { user }),
      ...(client.isScopeList === undefined ? {} : { isScopeList: client.isScopeList }),
    };
    return minting.mint(subject, { ttlSeconds });
  }

  /** The library's token behind one that was given; what was not given here stays as it is. */
  async take(given: string): Promise<string> {
    const tokenId = given.includes(".") ? await this.#tokenIdOf(given) : given;
    return (tokenId === undefined ? undefined : this.#options.store.get(KIND, tokenId)?.jti) ?? given;
  }

  /** The scopes of an application's own token that was given and is valid; undefined for any other text. */
  async scopesOf(given: string): Promise<readonly string[] | undefined> {
    const own = this.#options.store.get("ClientCredentials", await this.take(given));
    return own && (own.scope ?? "").split(" ").filter((scope) => scope !== "");
  }

  async #tokenIdOf(token: string): Promise<string | undefined> {
    try {
      const { payload } = await compactVerify(token, this.#options.key.publicKey, { algorithms: ["RS256"] });
      const { jti } = JSON.parse(new TextDecoder().decode(payload)) as { jti?: string };
      return jti;
    } catch {
      return undefined;
    }
  }
}

interface AccessTokensOptions {
  readonly issuer: string;
  readonly organisation: Organisation;
  readonly key: SigningKey;
  readonly minting: Minting;
  readonly store: ProtocolStore;
}
