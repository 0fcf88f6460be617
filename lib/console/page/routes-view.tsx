import type { JSX } from "preact";
import type { RouteView } from "../wire.ts";
import { Empty } from "./pieces.tsx";
import { go } from "./route.ts";
import { draftRoute, listing, overview } from "./state.ts";
import { useStore } from "./store.ts";

/** The template's APIs as tables. */
export function RoutesView(): JSX.Element {
  const now = useStore(overview);
  if (!now) return <Empty title="Not connected yet">{null}</Empty>;
  return (
    <div class="page">
      {now.apis.map((api, index) => (
        <section class="api">
          <header class="api-head">
            <h2>{api.name}</h2>
            <p class="muted">
              <code>{api.url}</code> of the stack {api.stack}
            </p>
            {api.stages.map(({ name, url, throttle }) => (
              <p class="muted small-text">
                stage {name}
                {name === "$default" ? "" : ` at ${url}`}
                {throttle ? `, throttled to ${throttle}` : ""}
              </p>
            ))}
          </header>
          <table class="routes">
            <caption class="hidden">Routes of {api.name}</caption>
            <thead>
              <tr>
                <th scope="col">Route</th>
                <th scope="col">Token</th>
                <th scope="col">Scopes, any of</th>
                <th scope="col">Authorizer</th>
                <th scope="col">Calls</th>
                <th scope="col">
                  <span class="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {api.routes.map((route) => (
                <RouteLine of={route} api={index} />
              ))}
            </tbody>
          </table>
        </section>
      ))}
      {now.unserved.length > 0 ? (
        <section class="api">
          <h2>Not served here</h2>
          <dl class="pairs">
            {now.unserved.map(({ name, what, fix }) => (
              <div>
                <dt>{name}</dt>
                <dd>
                  {what}
                  {fix ? <span class="muted"> {fix}</span> : null}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ) : null}
    </div>
  );
}

const GUARDS: Readonly<Record<RouteView["guard"], string>> = {
  public: "public",
  jwt: "JWT",
  lambda: "Lambda",
  unserved: "answers 500",
};

function RouteLine({ of, api }: { readonly of: RouteView; readonly api: number }): JSX.Element {
  const send = () => {
    draftRoute(api, of.key);
    go("send");
  };
  const show = () => {
    listing.update({ filter: of.key, only: "all" });
    go("requests");
  };
  return (
    <tr>
      <th scope="row" class="mono">
        {of.key}
      </th>
      <td data-label="Token">
        <span class={`guard ${of.guard}`}>{GUARDS[of.guard]}</span>
      </td>
      <td data-label="Scopes" class="mono">
        {of.scopes.length > 0 ? of.scopes.join(", ") : <span class="muted">none</span>}
      </td>
      <td data-label="Authorizer">{of.authorizer ?? <span class="muted">none</span>}</td>
      <td data-label="Calls" class="mono">
        {of.integration}
      </td>
      <td class="row-actions">
        <button type="button" class="small" onClick={send} aria-label={`Send a request to ${of.key}`}>
          Send
        </button>
        <button type="button" class="small" onClick={show} aria-label={`Show requests of ${of.key}`}>
          Requests
        </button>
      </td>
    </tr>
  );
}
