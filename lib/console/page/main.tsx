import { type JSX, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { connection, followEvents, takeKey } from "./connection.ts";
import { Icon } from "./icons.tsx";
import { IssuersView } from "./issuer-view.tsx";
import { RequestsView } from "./requests-view.tsx";
import { followPlace, go, place, VIEWS, type View } from "./route.ts";
import { RoutesView } from "./routes-view.tsx";
import { SendView } from "./send-view.tsx";
import { listenToKeys, Shortcuts, shortcuts } from "./shortcuts.tsx";
import { takeEvent } from "./state.ts";
import { useStore } from "./store.ts";
import { TokenView } from "./token-view.tsx";

const NAMES: Readonly<Record<View, string>> = {
  requests: "Requests",
  token: "Token",
  send: "Send",
  routes: "Routes",
  issuer: "Issuer",
};

const SHOWN: Readonly<Record<View, () => JSX.Element>> = {
  requests: RequestsView,
  token: TokenView,
  send: SendView,
  routes: RoutesView,
  issuer: IssuersView,
};

const STATES = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Reconnecting…",
  locked: "No key",
} as const;

function App(): JSX.Element {
  const { view } = useStore(place);
  const state = useStore(connection);
  const main = useRef<HTMLElement>(null);
  const Shown = SHOWN[view];
  useEffect(() => {
    document.title = `${NAMES[view]} · Gatehouse console`;
  }, [view]);
  return (
    <>
      <header class="bar">
        <a class="skip" href={`#/${view}`} onClick={() => main.current?.focus()}>
          Skip to the content
        </a>
        <span class="brand">
          <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 21V10a8 8 0 0 1 16 0v11M9 21v-9.500a3 3 0 0 1 6 0V21M2 21h20" />
          </svg>
          <span class="brand-name">Gatehouse</span>
        </span>
        <nav aria-label="Views">
          {VIEWS.map((name, index) => (
            <a href={`#/${name}`} aria-current={name === view ? "page" : undefined} title={String(index + 1)}>
              <Icon name={name} />
              <span>{NAMES[name]}</span>
            </a>
          ))}
        </nav>
        <span class={`connection ${state}`} role="status">
          <span class="dot" />
          <span class="connection-text">{STATES[state]}</span>
        </span>
        <button
          type="button"
          class="small icon-only"
          aria-label="Keyboard shortcuts"
          onClick={() => shortcuts.update({ isOpen: true })}
        >
          ?
        </button>
      </header>
      <main ref={main} tabIndex={-1} class={view}>
        <h1 class="hidden">{NAMES[view]}</h1>
        {state === "locked" ? <Locked /> : <Shown />}
      </main>
      <Shortcuts />
    </>
  );
}

const Locked = (): JSX.Element => (
  <div class="empty">
    <h2>This page has no key</h2>
    <p>
      Open the address that <code>npm start</code> printed after “Console”, with all that follows its <code>#</code>. It
      holds a key, so that no other user and no other site of this browser sees your requests.
    </p>
  </div>
);

takeKey();
followPlace();
listenToKeys(go);
void followEvents(takeEvent);
const root = document.getElementById("console");
if (root) render(<App />, root);
