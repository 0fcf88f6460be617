import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  type ApiView,
  type Header,
  type MintOrder,
  type Overview,
  type RequestDetail,
  type SendOrder,
  type Sent,
} from "../wire.ts";
import { call } from "./connection.ts";
import { Body, Choice, Empty, Field, Headers, Status } from "./pieces.tsx";
import { Way } from "./request-detail.tsx";
import { draft, draftRoute, overview } from "./state.ts";
import { Store, useStore } from "./store.ts";
import { millis } from "./times.ts";
import { ExpectedAnswerView } from "./verdict-view.tsx";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** What came back last. */
const last = new Store<Sent | undefined>(undefined);

export function SendView(): JSX.Element {
  const now = useStore(overview);
  const wanted = useStore(draft);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    if (now && wanted.path === "/" && wanted.routeKey === null) prefill(now);
  }, [now === undefined]);
  const send = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      last.set(await call<Sent>("send", await orderOf(now)));
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const api = now?.apis[wanted.api];
  return (
    <div class="two-columns">
      <form
        class="form-pane"
        aria-label="The request"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
        }}
      >
        <h2>Request</h2>
        <Target apis={now?.apis ?? []} />
        <Token now={now} api={api} />
        <details class="fold">
          <summary>Headers and body</summary>
          <Field label="Headers" hint="a line each">
            <textarea
              class="mono"
              rows={3}
              spellcheck={false}
              placeholder="content-type: application/json"
              value={wanted.headers}
              onInput={({ currentTarget }) => draft.update({ headers: currentTarget.value })}
            />
          </Field>
          <Field label="Body">
            <textarea
              class="mono"
              rows={5}
              spellcheck={false}
              value={wanted.body}
              onInput={({ currentTarget }) => draft.update({ body: currentTarget.value })}
            />
          </Field>
        </details>
        <div class="actions">
          <button type="submit" class="primary" disabled={isBusy || !now} title="Ctrl+Enter">
            {isBusy ? "Sending…" : "Send"}
          </button>
        </div>
        {fault ? (
          <p class="notice" role="alert">
            {fault}
          </p>
        ) : null}
      </form>
      <section class="result-pane" aria-label="The answer" aria-live="polite">
        <Result />
      </section>
    </div>
  );
}

/** The first route that asks for a token: what a newcomer wants to try. */
function prefill({ apis }: Overview) {
  for (const [index, { routes }] of apis.entries()) {
    const guarded = routes.filter(({ guard }) => guard === "jwt" || guard === "lambda");
    const route = guarded.find(({ key }) => key.startsWith("GET ") && !key.includes("{")) ?? guarded[0];
    if (route) return draftRoute(index, route.key);
  }
}

function Target({ apis }: { readonly apis: readonly ApiView[] }): JSX.Element {
  const { api, routeKey, method, path } = useStore(draft);
  return (
    <>
      <Field label="Route">
        <select
          value={routeKey === null ? "" : `${api} ${routeKey}`}
          onChange={({ currentTarget }) => {
            const [index = "0", ...key] = currentTarget.value.split(" ");
            if (key.length > 0) draftRoute(Number(index), key.join(" "));
          }}
        >
          <option value="">another path</option>
          {apis.map(({ name, routes }, index) => (
            <optgroup label={name}>
              {routes.map(({ key, guard, scopes }) => (
                <option value={`${index} ${key}`}>
                  {key}
                  {guard === "public" ? ", public" : scopes.length > 0 ? `, ${scopes.join(" or ")}` : ""}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </Field>
      <div class="target">
        <Field label="Method">
          <select value={method} onChange={({ currentTarget }) => draft.update({ method: currentTarget.value })}>
            {METHODS.map((one) => (
              <option>{one}</option>
            ))}
          </select>
        </Field>
        <Field label="Path and query">
          <input
            class="mono"
            spellcheck={false}
            autocomplete="off"
            value={path}
            onInput={({ currentTarget }) => draft.update({ path: currentTarget.value })}
          />
        </Field>
      </div>
    </>
  );
}

function Token({ now, api }: { readonly now: Overview | undefined; readonly api: ApiView | undefined }): JSX.Element {
  const { credential, flaw, scopes, claims, ttlSeconds, pasted, routeKey } = useStore(draft);
  const issuer = issuerOf(now, api, routeKey);
  const isMinted = credential === "good" || credential === "flawed";
  const chosen = scopes ?? issuer?.scopes ?? [];
  return (
    <fieldset class="group">
      <legend>Token</legend>
      <Choice
        label="Kind of token"
        value={credential}
        options={[
          ["good", "Good"],
          ["flawed", "Flawed"],
          ["pasted", "Pasted"],
          ["none", "None"],
        ]}
        choose={(value) => draft.update({ credential: value })}
      />
      {isMinted && issuer && issuer.embeddedAt === null ? (
        <p class="notice">
          Only {issuer.issuer} itself makes its tokens. Get one with <code>npx gatehouse token --real-issuer</code> and
          paste it.
        </p>
      ) : null}
      {credential === "flawed" ? (
        <Field label="Flaw">
          <select value={flaw} onChange={({ currentTarget }) => draft.update({ flaw: currentTarget.value })}>
            {(now?.flaws ?? []).map(({ name, about }) => (
              <option value={name}>
                {name}: {about}
              </option>
            ))}
          </select>
        </Field>
      ) : null}
      {isMinted ? (
        <details class="fold">
          <summary>Scopes, claims, life</summary>
          <fieldset class="scopes">
            <legend class="field-label">Scopes</legend>
            {(issuer?.scopes ?? []).map((scope) => (
              <label class="check mono">
                <input
                  type="checkbox"
                  checked={chosen.includes(scope)}
                  onChange={({ currentTarget }) =>
                    draft.update({
                      scopes: currentTarget.checked ? [...chosen, scope] : chosen.filter((one) => one !== scope),
                    })
                  }
                />
                {scope}
              </label>
            ))}
          </fieldset>
          <Field label="Claims" hint="JSON to add or replace; null removes one">
            <textarea
              class="mono"
              rows={3}
              spellcheck={false}
              placeholder='{"groups": ["admins"]}'
              value={claims}
              onInput={({ currentTarget }) => draft.update({ claims: currentTarget.value })}
            />
          </Field>
          <Field label="Life" hint="seconds">
            <input
              type="number"
              value={ttlSeconds}
              onInput={({ currentTarget }) => draft.update({ ttlSeconds: Number(currentTarget.value) })}
            />
          </Field>
        </details>
      ) : null}
      {credential === "pasted" ? (
        <Field label="Pasted token" hint="masked">
          <input
            type="password"
            autocomplete="off"
            value={pasted}
            onInput={({ currentTarget }) => draft.update({ pasted: currentTarget.value })}
          />
        </Field>
      ) : null}
    </fieldset>
  );
}

const issuerOf = (now: Overview | undefined, api: ApiView | undefined, routeKey: string | null) => {
  const trusted =
    api?.routes.find(({ key }) => key === routeKey)?.issuer ?? api?.routes.find(({ issuer }) => issuer)?.issuer;
  return now?.issuers.find(({ issuer }) => issuer === trusted) ?? now?.issuers[0];
};

/** The request as it is sent, with a token that is made for it. @throws Error with what is wrong in the form */
async function orderOf(now: Overview | undefined): Promise<SendOrder> {
  const { api, routeKey, method, path, headers, body } = draft.value;
  const token = await tokenOf(now);
  const plain = { api, method, path, headers: headersIn(headers), body };
  const route = now?.apis[api]?.routes.find(({ key }) => key === routeKey);
  return token === undefined ? plain : withCredential(plain, token, route?.identitySource[0]);
}

/** Puts the token where the route's authorizer looks for it. */
function withCredential(order: SendOrder, token: string, identitySource = "$request.header.Authorization"): SendOrder {
  const [, from, name = ""] = /^\$request\.(header|querystring)\.(.+)$/.exec(identitySource) ?? [];
  if (from === "querystring")
    return { ...order, path: `${order.path}${order.path.includes("?") ? "&" : "?"}${name}=${token}` };
  return {
    ...order,
    headers: [...order.headers, [from === "header" ? name.toLowerCase() : "authorization", `Bearer ${token}`]],
  };
}

async function tokenOf(now: Overview | undefined): Promise<string | undefined> {
  const { credential, pasted, flaw, scopes, claims, ttlSeconds, api, routeKey } = draft.value;
  if (credential === "none") return undefined;
  if (credential === "pasted") return pasted.trim().replace(/^Bearer /, "");
  const issuer = issuerOf(now, now?.apis[api], routeKey);
  if (!issuer) throw new Error("no route of this API names an issuer: send without a token");
  const order: MintOrder = {
    issuer: issuer.issuer,
    scopes: scopes ?? issuer.scopes,
    claims: claimsIn(claims),
    flaw: credential === "flawed" ? flaw : null,
    ttlSeconds,
  };
  return (await call<{ token: string }>("mint", order)).token;
}

function claimsIn(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === "") return {};
  let claims: unknown;
  try {
    claims = JSON.parse(text);
  } catch {
    claims = undefined;
  }
  if (typeof claims !== "object" || claims === null || Array.isArray(claims))
    throw new Error('Claims are a JSON object, such as {"groups": ["admins"]}');
  return claims as Record<string, unknown>;
}

const headersIn = (text: string): readonly Header[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const colon = line.indexOf(":");
      if (colon < 1) throw new Error(`A header is NAME: VALUE, not ${line}`);
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });

function Result(): JSX.Element {
  const sent = useStore(last);
  const [way, setWay] = useState<RequestDetail>();
  const seq = sent?.seq ?? null;
  useEffect(() => {
    setWay(undefined);
    if (seq !== null) call<RequestDetail>("request", { seq }).then(setWay, () => undefined);
  }, [sent]);
  if (!sent)
    return (
      <Empty title="Nothing sent yet">
        <p>
          Choose a route and a token, then Send. The answer of the gateway here stands beside what API Gateway answers,
          and below it the whole way that the request took.
        </p>
        <p>
          To see a refusal and its remedy, choose <strong>Flawed</strong>.
        </p>
      </Empty>
    );
  return (
    <>
      <div class="beside">
        <section>
          <h3>
            Here <span class="end muted">{millis(sent.ms)}</span>
          </h3>
          <Status of={sent.status} />
          <Headers of={sent.headers.filter(([name]) => !PLAIN.has(name.toLowerCase()))} label="Headers of the answer" />
          <Body of={sent.body} label="Body of the answer" />
        </section>
        <section>
          <h3>API Gateway</h3>
          <ExpectedAnswerView of={sent.expectation} />
        </section>
      </div>
      {way ? (
        <>
          <h3 class="section">The way it took</h3>
          <Way of={way} isSentHere />
        </>
      ) : null}
    </>
  );
}

/** Of the connection, and the same in every answer. */
const PLAIN = new Set(["connection", "content-length", "date", "keep-alive"]);
