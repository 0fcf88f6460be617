/** How long everything together may take to close: two seconds after Ctrl-C a program is gone. */
const CLOSING_MS = 1_500;

/**
 * Owns what a command opens, from the moment it is open. It closes all of it, the latest first, whatever of it fails or
 * hangs.
 */
export class Opened {
  readonly #closers: (() => unknown)[] = [];

  /** Takes over something open. @returns the same */
  own<Thing extends { close(): unknown }>(thing: Thing): Thing {
    this.onClose(() => thing.close());
    return thing;
  }

  /** Takes over something that a call undoes. */
  onClose(close: () => unknown): void {
    this.#closers.unshift(close);
  }

  /** @throws the first error, after everything was closed or the time is over */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeIsOver = new Promise<"over">((resolve) => {
      timer = setTimeout(() => resolve("over"), CLOSING_MS);
    });
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0)) {
      try {
        await Promise.race([close(), timeIsOver]);
      } catch (error) {
        errors.push(error);
      }
    }
    clearTimeout(timer);
    if (errors.length > 0) throw errors[0];
  }
}
