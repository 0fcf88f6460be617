import { useLayoutEffect, useState } from "preact/hooks";

/** A value that components follow. */
export class Store<Value> {
  #value: Value;
  readonly #followers = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set(value: Value): void {
    this.#value = value;
    for (const follower of this.#followers) follower();
  }

  update(change: Partial<Value>): void {
    this.set({ ...this.#value, ...change });
  }

  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}

/** The value, and a new look at it after each change. */
export function useStore<Value>(store: Store<Value>): Value {
  const [, look] = useState({});
  const { value } = store;
  useLayoutEffect(() => {
    const lookAgain = () => look({});
    // It may have changed since it was drawn.
    if (store.value !== value) lookAgain();
    return store.follow(lookAgain);
  }, [store]);
  return value;
}
