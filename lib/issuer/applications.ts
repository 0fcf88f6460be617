import type { EmbeddedClient } from "./embedded-client.ts";

/**
 * The applications of one issuer: those that the template's audiences stand for, and those that were registered since. Of two
 * with one client id, the registered one counts: its audience may have been put into the template afterwards.
 */
export class Applications {
  #ofTemplate: readonly EmbeddedClient[];
  /** The application whose tokens may call the management API; it is in no list. */
  readonly management: EmbeddedClient | undefined;
  readonly #registered = new Map<string, EmbeddedClient>();
  readonly #onRegistered: (registered: readonly EmbeddedClient[]) => void;
  #version = 0;

  /**
   * @param registered at an earlier start
   * @param onRegistered when one is registered or removed
   */
  constructor(
    ofTemplate: readonly EmbeddedClient[],
    management?: EmbeddedClient,
    registered: readonly EmbeddedClient[] = [],
    onRegistered: (registered: readonly EmbeddedClient[]) => void = () => undefined,
  ) {
    this.#ofTemplate = ofTemplate;
    this.management = management;
    for (const one of registered) this.#registered.set(one.clientId, one);
    this.#onRegistered = onRegistered;
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  get ofTemplate(): readonly EmbeddedClient[] {
    return this.#ofTemplate.map((one) => this.#registered.get(one.clientId) ?? one);
  }

  set ofTemplate(clients: readonly EmbeddedClient[]) {
    this.#ofTemplate = clients;
    this.#version += 1;
  }

  get registered(): readonly EmbeddedClient[] {
    return [...this.#registered.values()];
  }

  get all(): readonly EmbeddedClient[] {
    const others = this.#ofTemplate.filter(({ clientId }) => !this.#registered.has(clientId));
    return [...others, ...this.#registered.values()];
  }

  find(clientId: string | undefined): EmbeddedClient | undefined {
    const found = this.#registered.get(clientId ?? "") ?? this.#ofTemplate.find((one) => one.clientId === clientId);
    return found ?? (this.management?.clientId === clientId ? this.management : undefined);
  }

  /** Adds an application, or puts it in the place of the one with its client id. */
  register(client: EmbeddedClient): void {
    this.#registered.set(client.clientId, client);
    this.#changed();
  }

  /** @returns whether it was registered; one of the template cannot be removed */
  remove(clientId: string): boolean {
    const wasThere = this.#registered.delete(clientId);
    this.#changed();
    return wasThere;
  }

  #changed(): void {
    this.#version += 1;
    this.#onRegistered(this.registered);
  }
}
