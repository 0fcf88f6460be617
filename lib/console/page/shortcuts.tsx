import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { place, VIEWS, type View } from "./route.ts";
import { togglePause } from "./state.ts";
import { Store, useStore } from "./store.ts";

// Single keys can be turned off: a person who speaks to the machine would set them off by accident (WCAG 2.1.4).

export const shortcuts = new Store({ isOpen: false, areOn: true });

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["1 to 5", "another view"],
  ["/", "filter the requests"],
  ["j, k", "the next, the one before"],
  ["p", "pause, resume"],
  ["Esc", "close the request"],
  ["?", "these shortcuts"],
];

export function listenToKeys(go: (view: View) => void): void {
  addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    if (document.querySelector("dialog")?.open) return;
    const isTyping = target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    if (key === "Escape") return isTyping ? target.blur() : place.value.rest === "" ? undefined : go("requests");
    if (isTyping || ctrlKey || metaKey || altKey || !shortcuts.value.areOn) return;
    const view = VIEWS[Number(key) - 1];
    if (view) go(view);
    else if (key === "?") shortcuts.update({ isOpen: true });
    else if (place.value.view === "requests" && press(key)) event.preventDefault();
  });
}

/** @returns whether the key means something in the list of requests */
function press(key: string): boolean {
  if (key === "p") togglePause();
  else if (key === "/") document.getElementById("filter")?.focus();
  else if ((key === "j" || key === "k") && document.activeElement?.id !== "request-list") {
    const list = document.getElementById("request-list");
    list?.focus();
    list?.dispatchEvent(new KeyboardEvent("keydown", { key }));
  } else return false;
  return true;
}

export function Shortcuts(): JSX.Element {
  const { isOpen, areOn } = useStore(shortcuts);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} aria-labelledby="shortcuts-title" onClose={() => shortcuts.update({ isOpen: false })}>
      <h2 id="shortcuts-title">Keyboard</h2>
      <dl class="pairs">
        {KEYS.map(([keys, does]) => (
          <div>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={areOn}
          onChange={({ currentTarget }) => shortcuts.update({ areOn: currentTarget.checked })}
        />
        single keys are on
      </label>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  );
}
