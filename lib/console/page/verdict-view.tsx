import type { JSX } from "preact";
import type { Advice, Expectation, RuleView, Verdict } from "../wire.ts";
import { Icon } from "./icons.tsx";
import { Code, Confidence, Headers, pretty, Status } from "./pieces.tsx";
import { calendar, distance } from "./times.ts";

const TIMES = new Set(["expiry", "not-before", "issued-at"]);

/** What API Gateway does, in one sentence, with the cause and what to change. */
export function Outcome({ of }: { readonly of: Expectation }): JSX.Element {
  switch (of.kind) {
    case "no-route":
      return (
        <section class="outcome refused">
          <h3>No route takes this request</h3>
          <p>API Gateway answers 404 before it looks at a token. The Routes view lists what the template has.</p>
        </section>
      );
    case "public":
      return (
        <section class="outcome open">
          <h3>Public route</h3>
          <p>API Gateway asks for no token and calls {of.integration}.</p>
        </section>
      );
    case "open":
      return (
        <section class="outcome open">
          <h3>Not decided by the rules</h3>
          <p>{of.reason}</p>
        </section>
      );
    case "verdict":
      return <VerdictOutcome of={of.verdict} />;
  }
}

function VerdictOutcome({ of }: { readonly of: Verdict }): JSX.Element {
  const { outcome, rule, advice, confidence, answer } = of;
  if (outcome === "allow")
    return (
      <section class="outcome good">
        <h3>
          <Icon name="pass" /> Every rule passes
        </h3>
        <p>API Gateway takes this token and calls the integration.</p>
        <Confidence of={confidence} long />
      </section>
    );
  return (
    <section class="outcome refused">
      <h3>
        <Icon name="fail" />
        {outcome === "unknown" ? "Cannot tell: stopped at" : `${answer?.status ?? 401}, refused by`}
        <span class="rule-name">{rule}</span>
      </h3>
      {advice ? <AdviceText of={advice} /> : null}
      <Confidence of={confidence} long />
    </section>
  );
}

const AdviceText = ({ of: { cause, remedy, wso2 } }: { readonly of: Advice }): JSX.Element => (
  <dl class="advice">
    <div>
      <dt>Cause</dt>
      <dd>{cause}</dd>
    </div>
    <div>
      <dt>Remedy</dt>
      <dd>{remedy}</dd>
    </div>
    {wso2.length > 0 ? (
      <div>
        <dt>In WSO2</dt>
        <dd>
          <ul class="places">
            {wso2.map(({ version, steps }) => (
              <li>
                <strong>{version}</strong> {steps}
              </li>
            ))}
          </ul>
        </dd>
      </div>
    ) : null}
  </dl>
);

/** Every rule in its order; one that failed is open. */
export function Rules({
  of,
  decided,
}: {
  readonly of: readonly RuleView[];
  readonly decided: string | null;
}): JSX.Element {
  const passed = of.filter(({ outcome }) => outcome === "pass").length;
  const failed = of.filter(({ outcome }) => outcome === "fail").length;
  return (
    <>
      <p class="muted small-text">
        {passed} passed, {failed} failed, {of.length - passed - failed} skipped
      </p>
      <ol class="rules" aria-label="Rules">
        {of.map((rule) => (
          <li class={rule.outcome}>
            <details open={rule.outcome === "fail"}>
              <summary>
                <Icon name={rule.outcome} />
                <span class="hidden">{rule.outcome}: </span>
                <span class="rule-title">{rule.title}</span>
                <span class="rule-end">
                  {rule.outcome === "fail" && rule.rule === decided ? <span class="decided">decides</span> : null}
                  <span class="fact">{rule.fact}</span>
                  <Confidence of={rule.confidence} />
                </span>
              </summary>
              <RuleValues of={rule} isOther={rule.rule !== decided} />
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}

function RuleValues({ of, isOther }: { readonly of: RuleView; readonly isOther: boolean }): JSX.Element {
  if (of.outcome === "skipped")
    return <p class="muted rule-values">Not asked: what it reads is not there, because an earlier rule failed.</p>;
  const [saw, wanted] = [shown(of.rule, of.saw), shown(of.rule, of.wanted)];
  const isCompared = of.outcome === "fail" && typeof of.saw === "string" && typeof of.wanted === "string";
  return (
    <div class="rule-values">
      <dl class="pairs mono">
        <div>
          <dt>saw</dt>
          <dd>{isCompared ? <Different text={saw} from={sameUntil(saw, wanted)} /> : saw}</dd>
        </div>
        <div>
          <dt>wanted</dt>
          <dd>{isCompared ? <Different text={wanted} from={sameUntil(saw, wanted)} /> : wanted}</dd>
        </div>
      </dl>
      {of.advice && isOther ? <AdviceText of={of.advice} /> : null}
    </div>
  );
}

function shown(rule: string, value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (TIMES.has(rule) && typeof value === "number")
    return `${value}  ${calendar(value)}, ${distance(value - Date.now() / 1_000)}`;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((one) => shown("", one)).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function sameUntil(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

/** A text with what differs marked; where nothing is left, the end is. */
const Different = ({ text, from }: { readonly text: string; readonly from: number }): JSX.Element => (
  <>
    {text.slice(0, from)}
    <mark>{text.slice(from) || "∎"}</mark>
  </>
);

/** What API Gateway answers the client, and what its access log shows. */
export function ExpectedAnswerView({ of }: { readonly of: Expectation }): JSX.Element {
  if (of.kind === "no-route")
    return (
      <>
        <Status of={404} />
        <Code text={'{"message":"Not Found"}'} label="Body that API Gateway answers" />
      </>
    );
  if (of.kind === "open") return <p>Nothing can be said: {of.reason}.</p>;
  const answer = of.kind === "verdict" ? of.verdict.answer : null;
  if (!answer)
    return (
      <p>
        Calls <code>{of.integration}</code> and hands on its answer.
        {of.kind === "verdict" ? <Confidence of={of.verdict.confidence} /> : null}
      </p>
    );
  return (
    <>
      <Status of={answer.status} />
      <Headers of={answer.headers} label="Headers that API Gateway answers" />
      <Code text={pretty(answer.body)} label="Body that API Gateway answers" />
      <p class="small-text">
        <span class="muted">access log </span>
        <span class="mono">{answer.accessLogError}</span> <Confidence of={answer.textConfidence} />
      </p>
    </>
  );
}
