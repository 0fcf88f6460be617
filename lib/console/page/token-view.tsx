import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Inspection } from "../wire.ts";
import { call } from "./connection.ts";
import { Action, Code, copy, Empty, Field } from "./pieces.tsx";
import { inspected, overview } from "./state.ts";
import { useStore } from "./store.ts";
import { calendar, distance, duration } from "./times.ts";
import { ExpectedAnswerView, Outcome, Rules } from "./verdict-view.tsx";

const ASK_AFTER_MS = 150;

export function TokenView(): JSX.Element {
  const { text, seq, api, routeKey } = useStore(inspected);
  const apis = useStore(overview)?.apis ?? [];
  const [found, setFound] = useState<Inspection>();
  const [fault, setFault] = useState<string>();
  const credential = text.trim();
  useEffect(() => {
    let isCurrent = true;
    const ask = async () => {
      if (credential === "" && seq === undefined) return setFound(undefined);
      const token = seq === undefined ? { token: credential } : { seq };
      try {
        const answer = await call<Inspection>("inspect", { ...token, api, routeKey });
        if (isCurrent) setFound(answer);
        setFault(undefined);
      } catch (error) {
        setFault(error instanceof Error ? error.message : String(error));
      }
    };
    const timer = setTimeout(() => void ask(), ASK_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [credential, seq, api, routeKey]);
  return (
    <div class="two-columns">
      <section class="form-pane" aria-label="The token">
        <h2>Token</h2>
        {seq === undefined ? (
          <Field label="Paste a token" hint="alone or after Bearer">
            <textarea
              class="mono"
              rows={7}
              spellcheck={false}
              autocomplete="off"
              value={text}
              onInput={({ currentTarget }) => inspected.update({ text: currentTarget.value })}
            />
          </Field>
        ) : (
          <p class="notice">
            The token of request {seq}, hidden.{" "}
            <button type="button" class="small" onClick={() => inspected.update({ seq: undefined, text: "" })}>
              Paste another
            </button>
          </p>
        )}
        <Field label="Route" hint="whose rules are asked">
          <select
            value={`${api} ${routeKey ?? ""}`}
            onChange={({ currentTarget }) => {
              const [index = "0", ...key] = currentTarget.value.split(" ");
              inspected.update({ api: Number(index), routeKey: key.join(" ") || null });
            }}
          >
            <option value="0 ">any that asks for no scope</option>
            {apis.map(({ name, routes }, index) => (
              <optgroup label={name}>
                {routes
                  .filter(({ guard }) => guard !== "public")
                  .map(({ key, scopes }) => (
                    <option value={`${index} ${key}`}>
                      {key}
                      {scopes.length > 0 ? `, ${scopes.join(" or ")}` : ""}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </Field>
        <p class="muted small-text">
          The token goes to the gateway on this machine and to nobody else. It is kept in this page only, until you
          close it.
        </p>
        {found && found.form !== "none" ? (
          <Action
            label="Copy a report without the signature"
            title="Everything below as text: nobody can use it as a token"
            run={() => copy(reportOf(found, routeKey))}
          />
        ) : null}
      </section>
      <section class="result-pane" aria-label="What the rules say" aria-live="polite">
        {fault ? <p class="notice">{fault}</p> : null}
        {found ? <Found of={found} /> : <NoToken />}
      </section>
    </div>
  );
}

const NoToken = (): JSX.Element => (
  <Empty title="Nothing to look at yet">
    <p>
      Paste a token, or open a request and choose “Inspect token”. You see what it says, how long it lives, and each
      rule.
    </p>
    <pre class="code">npx gatehouse token --flaw wrong-audience</pre>
  </Empty>
);

function Found({ of }: { readonly of: Inspection }): JSX.Element {
  const { claims, header, expectation, nowSeconds, form } = of;
  const verdict = expectation.kind === "verdict" ? expectation.verdict : undefined;
  return (
    <>
      <Outcome of={expectation} />
      {form === "opaque" ? <p class="notice">This is no JSON Web Token: there is nothing in it to read.</p> : null}
      {claims ? <Life claims={claims} now={nowSeconds} /> : null}
      {verdict?.answer ? (
        <details class="fold" open>
          <summary>What API Gateway answers</summary>
          <ExpectedAnswerView of={expectation} />
        </details>
      ) : null}
      {claims ? (
        <details class="fold" open>
          <summary>Claims</summary>
          <Claims of={claims} now={nowSeconds} />
        </details>
      ) : null}
      {header ? (
        <details class="fold" open>
          <summary>Header</summary>
          <Code text={JSON.stringify(header, null, 2)} label="Header of the token" />
        </details>
      ) : null}
      {verdict ? (
        <>
          <h3 class="section">Rules</h3>
          <Rules of={verdict.rules} decided={verdict.rule} />
        </>
      ) : null}
    </>
  );
}

const TIME_CLAIMS = new Set(["exp", "iat", "nbf", "auth_time"]);

const Claims = ({ of, now }: { readonly of: Readonly<Record<string, unknown>>; readonly now: number }): JSX.Element => (
  <dl class="pairs mono claims" aria-label="Claims">
    {Object.entries(of).map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>
          {typeof value === "string" ? value : JSON.stringify(value)}
          {TIME_CLAIMS.has(name) && typeof value === "number" ? (
            <span class="muted">
              {"  "}
              {calendar(value)}, {distance(value - now)}
            </span>
          ) : null}
        </dd>
      </div>
    ))}
  </dl>
);

/** The life of a token as a bar, from its issue to its end, with now on it. */
function Life({
  claims,
  now,
}: {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly now: number;
}): JSX.Element | null {
  const { exp } = claims;
  const begin = typeof claims.nbf === "number" ? claims.nbf : claims.iat;
  if (typeof exp !== "number" || typeof begin !== "number" || !(exp > begin)) return null;
  const part = Math.max(0, Math.min(1, (now - begin) / (exp - begin)));
  const state = now < begin ? "early" : now >= exp ? "over" : "good";
  const words =
    state === "early"
      ? `not valid yet: begins ${distance(begin - now)}`
      : state === "over"
        ? `expired ${distance(exp - now)}`
        : `expires ${distance(exp - now)}`;
  return (
    <div class={`life ${state}`}>
      <div class="life-bar" role="img" aria-label={`${Math.round(part * 100)} % of its life is over`}>
        <div class="life-past" style={{ width: `${part * 100}%` }} />
      </div>
      <p class="life-words">
        <span>{distance(begin - now)}</span>
        <strong>{words}</strong>
        <span>{duration(exp - begin)} in all</span>
      </p>
    </div>
  );
}

/** All that the page shows of a token, as text that anybody may see. */
function reportOf({ header, claims, nowSeconds, expectation }: Inspection, routeKey: string | null): string {
  const verdict = expectation.kind === "verdict" ? expectation.verdict : undefined;
  const lines = [
    `A token at ${calendar(nowSeconds)}, without its signature`,
    `route    ${routeKey ?? "any that asks for no scope"}`,
    ...(verdict
      ? [
          `issuer   ${verdict.issuer}`,
          `audience ${verdict.audience.join(", ")}`,
          `scopes   ${verdict.scopes.join(" or ") || "none asked"}`,
          "",
          verdict.rule === null
            ? `allowed [${verdict.confidence}]`
            : `refused by ${verdict.rule} [${verdict.confidence}]`,
          ...(verdict.advice ? [`cause    ${verdict.advice.cause}`, `remedy   ${verdict.advice.remedy}`] : []),
          ...(verdict.answer ? [`log      ${verdict.answer.accessLogError}`] : []),
          "",
          ...verdict.rules.map(
            ({ outcome, fact, confidence, title }) =>
              `${outcome.padEnd(7)} ${fact.padEnd(5)} ${confidence.padEnd(5)} ${title}`,
          ),
        ]
      : []),
    "",
    `header ${JSON.stringify(header, null, 2)}`,
    `claims ${JSON.stringify(claims, null, 2)}`,
  ];
  return `${lines.join("\n")}\n`;
}
