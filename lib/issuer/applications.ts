import type { EmbeddedClient } from "./embedded-client.ts";

/** The applications of one issuer: those that the template's audiences stand for, and those that were registered since. */
export class Applications {
  #ofTemplate: readonly EmbeddedClient[];
  readonly #registered = new Map<string, EmbeddedClient>();
  readonly #onRegistered: (registered: readonly EmbeddedClient[]) => void;
  #version = 0;

  /**
   * @param registered at an earlier start
   * @param onRegistered when one is registered or removed
   */
  constructor(
    ofTemplate: readonly EmbeddedClient[],
    registered: readonly EmbeddedClient[] = [],
    onRegistered: (registered: readonly EmbeddedClient[]) => void = () => undefined,
  ) {
    this.#ofTemplate = ofTemplate;
    for (const one of registered) this.#registered.set(one.clientId, one);
    this.#onRegistered = onRegistered;
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  get ofTemplate(): readonly EmbeddedClient[] {
    return this.#ofTemplate;
  }

  set ofTemplate(clients: readonly EmbeddedClient[]) {
    this.#ofTemplate = clients;
    this.#version += 1;
  }

  get all(): readonly EmbeddedClient[] {
    return [...this.#ofTemplate, ...this.#registered.values()];
  }

  find(clientId: string | undefined): EmbeddedClient | undefined {
    return this.#ofTemplate.find((one) => one.clientId === clientId) ?? this.#registered.get(clientId ?? "");
  }

  /** Adds an application, or puts it in the place of the one with its client id. */
  register(client: EmbeddedClient): void {
    this.#registered.set(client.clientId, client);
    this.#changed();
  }

  /** @returns whether it was there */
  remove(clientId: string): boolean {
    const wasThere = this.#registered.delete(clientId);
    this.#changed();
    return wasThere;
  }

  #changed(): void {
    this.#version += 1;
    this.#onRegistered([...this.#registered.values()]);
  }
}
