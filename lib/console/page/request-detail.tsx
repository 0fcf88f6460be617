import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { CallView, KeysView, RequestDetail } from "../wire.ts";
import { call } from "./connection.ts";
import { asCurl, asHar, asHttpFile, type Exported, withToken } from "./export.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Action, Body, Code, copy, download, Headers, Status } from "./pieces.tsx";
import { go } from "./route.ts";
import { draft, inspected, overview, type Row } from "./state.ts";
import { useStore } from "./store.ts";
import { calendar, duration, millis } from "./times.ts";
import { Outcome, Rules } from "./verdict-view.tsx";

interface Props {
  readonly boot: string;
  readonly seq: number;
  readonly row: Row | undefined;
}

/** One request: what came of it, then its way step by step. */
export function RequestDetailView({ boot, seq, row }: Props): JSX.Element {
  const [detail, setDetail] = useState<RequestDetail>();
  const [fault, setFault] = useState<string>();
  const now = useStore(overview);
  const isOld = now !== undefined && now.boot !== boot;
  useEffect(() => {
    if (isOld || now === undefined) return;
    call<RequestDetail>("request", { seq }).then(setDetail, (error: Error) => setFault(error.message));
  }, [seq, isOld, now === undefined]);
  const why = isOld ? "It was answered before the gateway started anew: its details are gone." : fault;
  const head = detail ?? row;
  return (
    <article class="detail">
      <header class="detail-head">
        <button type="button" class="small back" onClick={() => go("requests")}>
          <Icon name="back" /> <span>List</span>
        </button>
        <h2>
          {head ? (
            <>
              <Status of={head.status} /> <span class="method">{head.method}</span>{" "}
              <span class="path">{head.path}</span>
            </>
          ) : (
            "A request"
          )}
        </h2>
        <button
          type="button"
          class="small icon-only close"
          aria-label="Close the request"
          onClick={() => go("requests")}
        >
          <Icon name="close" />
        </button>
      </header>
      {why ? <p class="notice">{why}</p> : null}
      {detail ? <Way of={detail} /> : null}
    </article>
  );
}

/** The way of a request, from the client to the answer. */
export function Way(props: { readonly of: RequestDetail; readonly isSentHere?: boolean }): JSX.Element {
  const { of } = props;
  const { expectation } = of;
  const verdict = expectation.kind === "verdict" ? expectation.verdict : undefined;
  const hasRoute = expectation.kind !== "no-route";
  return (
    <>
      <Outcome of={expectation} />
      {of.cause && !verdict ? (
        <p class="notice">
          <strong>{of.cause.code}:</strong> {of.cause.what}
          {of.cause.fix === null ? "" : `; ${of.cause.fix}`}
        </p>
      ) : of.localReason ? (
        <p class="notice">
          <strong>Here:</strong> {of.localReason}
        </p>
      ) : null}
      <Actions of={of} isSentHere={props.isSentHere ?? false} />
      <ol class="way">
        <Step title="Request" mark="pass" end={of.sourceIp ?? ""}>
          <p class="small-text muted">
            {calendar(of.atMs / 1_000)}
            {of.userAgent ? `, ${of.userAgent}` : ""}
          </p>
          <Fold title={`${of.requestHeaders.length} headers`}>
            <Headers of={of.requestHeaders} label="Request headers" />
          </Fold>
          {of.requestBody && of.requestBody.bytes > 0 ? (
            <Fold title="Body">
              <Body of={of.requestBody} label="Request body" />
            </Fold>
          ) : null}
        </Step>
        <Step title="Route" mark={hasRoute ? "pass" : "fail"} end={of.stage ? `stage ${of.stage}` : ""}>
          <p>
            {hasRoute ? <code>{of.routeKey}</code> : `No route takes ${of.method} ${of.path}.`}
            {Object.entries(of.pathParameters).map(([name, value]) => (
              <span class="mono small-text">
                {" "}
                {`{${name}}`} = {value}
              </span>
            ))}
          </p>
        </Step>
        {hasRoute && expectation.kind !== "public" ? (
          <Step
            title={verdict ? "Authorizer: the rules" : "Authorizer"}
            mark={
              verdict
                ? verdict.outcome === "allow"
                  ? "pass"
                  : "fail"
                : of.status === 401 || of.status === 403
                  ? "fail"
                  : "pass"
            }
            end={of.timings.authorizerMs === null ? "" : millis(of.timings.authorizerMs)}
          >
            {verdict ? (
              <>
                <Trust issuer={verdict.issuer} audience={verdict.audience} scopes={verdict.scopes} keys={of.keys} />
                <Rules of={verdict.rules} decided={verdict.rule} />
              </>
            ) : null}
            {of.authorizerCall ? <Call of={of.authorizerCall} /> : null}
          </Step>
        ) : null}
        {of.functionCall ? (
          <Step
            title={`Function ${of.functionCall.functionName}`}
            mark={of.functionCall.ending === "answered" ? "pass" : "fail"}
            end={of.timings.integrationMs === null ? "" : millis(of.timings.integrationMs)}
          >
            <Call of={of.functionCall} />
            {of.integrationError ? <p class="notice">{of.integrationError}</p> : null}
          </Step>
        ) : (
          <Step title="Integration" mark={of.timings.integrationMs === null ? "skipped" : "pass"} end="">
            <p class="muted">
              {of.timings.integrationMs === null
                ? "Not called: the request ended before."
                : `Answered after ${millis(of.timings.integrationMs)}.`}
            </p>
          </Step>
        )}
        <Step title="Answer" mark={of.status < 400 ? "pass" : "fail"} end={millis(of.ms)}>
          <p>
            <Status of={of.status} /> <span class="mono small-text muted">{of.requestId}</span>
          </p>
          <Headers of={of.responseHeaders} label="Answer headers" />
          <Body of={of.responseBody} label="Answer body" />
        </Step>
        <Step title="Access log" mark={of.accessLog ? "pass" : "skipped"} end="">
          {of.accessLog ? (
            <Code text={of.accessLog} label="Access-log line" />
          ) : (
            <p class="muted">The stage has no access log in the template.</p>
          )}
        </Step>
      </ol>
    </>
  );
}

function Step(props: {
  readonly title: string;
  readonly mark: IconName & ("pass" | "fail" | "skipped");
  readonly end: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <li class={`step ${props.mark}`}>
      <h3>
        <span class="step-mark">
          <Icon name={props.mark} />
        </span>
        <span>{props.title}</span>
        <span class="end">{props.end}</span>
      </h3>
      <div class="step-body">{props.children}</div>
    </li>
  );
}

const Fold = (props: {
  readonly title: string;
  readonly open?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element => (
  <details class="fold" open={props.open ?? false}>
    <summary>{props.title}</summary>
    {props.children}
  </details>
);

/** What the authorizer trusts, and the keys that it used. */
function Trust(props: {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  readonly keys: KeysView | null;
}): JSX.Element {
  const { keys } = props;
  return (
    <dl class="pairs">
      <div>
        <dt>issuer</dt>
        <dd class="mono">{props.issuer}</dd>
      </div>
      <div>
        <dt>audience</dt>
        <dd class="mono">{props.audience.join(", ")}</dd>
      </div>
      <div>
        <dt>scopes</dt>
        <dd class="mono">{props.scopes.length === 0 ? "none asked" : props.scopes.join(" or ")}</dd>
      </div>
      <div>
        <dt>keys</dt>
        <dd>
          {keys ? (
            <>
              {keys.isFetchedNow
                ? "fetched for this request"
                : `from the cache, fetched ${duration(keys.ageMs / 1_000)} before`}
              {": "}
              <span class="mono">{keys.kids.join(", ")}</span>
            </>
          ) : (
            "not looked up"
          )}
        </dd>
      </div>
    </dl>
  );
}

const Call = ({ of }: { readonly of: CallView }): JSX.Element => (
  <>
    <Fold title="Event that it got">
      <Code text={of.event.text} label="Event" />
    </Fold>
    <Fold
      title={of.logLines.length === 0 ? "No log lines" : `${of.logLines.length} log lines`}
      open={of.logLines.length > 0}
    >
      <Code text={of.logLines.join("\n") || "It wrote nothing."} label="Log lines" />
    </Fold>
    <p class="small-text muted">
      {of.ending}
      {of.tookMs === null ? "" : ` in ${millis(of.tookMs)} by its own clock`}
    </p>
    {of.result ? (
      <Fold title="Its answer">
        <Code text={of.result.text} label="Answer of the function" />
      </Fold>
    ) : null}
  </>
);

/** What one can do with a request: look at its token, send it again, take it elsewhere. */
function Actions({ of, isSentHere }: { readonly of: RequestDetail; readonly isSentHere: boolean }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const tokenOf = async () => (await call<{ token: string | null }>("request/token", { seq: of.seq })).token ?? "";
  const exported = async (): Promise<Exported> => {
    const plain: Exported = {
      method: of.method,
      url: `${overview.value?.apis[of.api]?.url ?? ""}${of.path}${of.query === "" ? "" : `?${of.query}`}`,
      headers: of.requestHeaders,
      body: of.requestBody?.text ?? "",
    };
    return isOpen && of.hasToken ? withToken(plain, await tokenOf()) : plain;
  };
  const har = async () => {
    const answer = {
      atMs: of.atMs,
      ms: of.ms,
      status: of.status,
      statusText: "",
      headers: of.responseHeaders,
      body: of.responseBody,
    };
    download("request.har", asHar(await exported(), answer));
  };
  const again = async () => {
    draft.update({
      api: of.api,
      routeKey: of.routeKey,
      method: of.method,
      path: `${of.path}${of.query === "" ? "" : `?${of.query}`}`,
      body: of.requestBody?.text ?? "",
      ...(of.hasToken ? { credential: "pasted", pasted: await tokenOf() } : { credential: "none" }),
    });
    go("send");
  };
  const inspect = () => {
    inspected.set({ text: "", seq: of.seq, api: of.api, routeKey: of.routeKey });
    go("token");
  };
  return (
    <div class="actions">
      {of.hasToken ? (
        <button type="button" class="small" onClick={inspect}>
          Inspect token
        </button>
      ) : null}
      {isSentHere ? null : (
        <button type="button" class="small" onClick={() => void again()}>
          Send again
        </button>
      )}
      <span class="divider" />
      <Action label="Copy curl" run={async () => copy(asCurl(await exported()))} />
      <Action label="Copy .http" run={async () => copy(asHttpFile(await exported()))} />
      <Action label="Save HAR" done="Saved" run={har} />
      {of.hasToken ? (
        <>
          <label class="check">
            <input type="checkbox" checked={isOpen} onChange={({ currentTarget }) => setOpen(currentTarget.checked)} />
            with the token
          </label>
          <Action label="Copy token" run={async () => copy(await tokenOf())} />
        </>
      ) : null}
    </div>
  );
}
