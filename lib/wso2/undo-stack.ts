import { Mistake } from "../findings/mistake.ts";
import type { Manage, ManagementCall } from "./management.ts";

/** How to undo one step, and what to say of it. */
export interface Undo {
  readonly call: ManagementCall;
  readonly done: string;
  readonly failed: string;
}

/** What was done at a server, to be undone from the last step to the first where a later one fails. */
export class UndoStack {
  readonly #manage: Manage;
  readonly #undos: Undo[] = [];

  constructor(manage: Manage) {
    this.#manage = manage;
  }

  add(undo: Undo): void {
    this.#undos.push(undo);
  }

  /**
   * Does the work, and undoes what it added where it fails.
   * @throws the same failure; of a `Mistake` its `got` says what became of each step
   */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const said: string[] = [];
      for (const { call, done, failed } of this.#undos.toReversed())
        said.push(
          await this.#manage(call).then(
            () => done,
            () => failed,
          ),
        );
      if (!(cause instanceof Mistake) || said.length === 0) throw cause;
      throw new Mistake(cause.code, { ...cause.say, got: [cause.say.got, ...said].join("\n") }, { cause });
    }
  }
}
