import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { DoctorView, DocumentView, IssuerView as Issuer, IssuerDocuments } from "../wire.ts";
import { call } from "./connection.ts";
import { Icon } from "./icons.tsx";
import { Action, Code, Confidence, Empty, pretty } from "./pieces.tsx";
import { overview } from "./state.ts";
import { useStore } from "./store.ts";
import { duration, millis, size } from "./times.ts";

export function IssuersView(): JSX.Element {
  const issuers = useStore(overview)?.issuers;
  if (!issuers) return <Empty title="Not connected yet">{null}</Empty>;
  if (issuers.length === 0)
    return (
      <Empty title="No issuer">
        <p>No route of the template has a JWT authorizer.</p>
      </Empty>
    );
  return (
    <div class="page">
      {issuers.map((issuer) => (
        <OneIssuer key={issuer.issuer} of={issuer} />
      ))}
    </div>
  );
}

function OneIssuer({ of }: { readonly of: Issuer }): JSX.Element {
  const [documents, setDocuments] = useState<IssuerDocuments>();
  const ask = async () => setDocuments(await call<IssuerDocuments>("issuer", { issuer: of.issuer }));
  useEffect(() => void ask().catch(() => undefined), [of.issuer]);
  return (
    <section class="api">
      <header class="api-head">
        <h2 class="mono">{of.issuer}</h2>
        <p class="muted">
          {of.embeddedAt === null
            ? "asked itself (--real-issuer)"
            : `the embedded issuer answers for it at ${of.embeddedAt}`}
        </p>
        <dl class="pairs">
          <div>
            <dt>audience</dt>
            <dd class="mono">{of.audience.join(", ")}</dd>
          </div>
          <div>
            <dt>scopes</dt>
            <dd class="mono">{of.scopes.join(" ") || "none asked"}</dd>
          </div>
        </dl>
        <Action label="Ask again" done="Asked" run={ask} />
      </header>
      {documents ? <Documents of={documents} /> : <p class="muted">asking…</p>}
      <Doctor issuer={of} />
    </section>
  );
}

const Documents = ({ of }: { readonly of: IssuerDocuments }): JSX.Element => (
  <>
    <h3 class="section">Keys</h3>
    <p class="small-text">
      {of.held
        ? `The gateway holds ${of.held.kids.length} of them, fetched ${duration(of.held.ageMs / 1_000)} ago; it keeps them for two hours.`
        : "The gateway has not fetched any yet: the first request with a token makes it."}
    </p>
    <table class="keys">
      <caption class="hidden">Keys of the issuer</caption>
      <thead>
        <tr>
          <th scope="col">kid</th>
          <th scope="col">Type</th>
          <th scope="col">Algorithm</th>
          <th scope="col">Bits</th>
          <th scope="col">Verifies</th>
        </tr>
      </thead>
      <tbody>
        {of.keys.map(({ kid, kty, alg, use, bits, unusable }) => (
          <tr>
            <th scope="row" class="mono">
              {kid}
            </th>
            <td data-label="Type">
              {kty} {use}
            </td>
            <td data-label="Algorithm">{alg || "any"}</td>
            <td data-label="Bits">{bits ?? ""}</td>
            <td data-label="Verifies">
              {unusable ?? (of.held && !of.held.kids.includes(kid) ? "yes, not fetched yet" : "yes")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <h3 class="section">Documents</h3>
    <Document of={of.discovery} title="Discovery" />
    {of.jwks ? <Document of={of.jwks} title="JWKS" /> : null}
  </>
);

const Document = ({ of, title }: { readonly of: DocumentView; readonly title: string }): JSX.Element => (
  <details class="fold" open={of.fault !== null}>
    <summary>
      {title} <span class="muted">{of.fault === null ? `${millis(of.ms)} of 1,500, ${size(of.bytes)}` : "failed"}</span>
    </summary>
    <p class="mono small-text">{of.url}</p>
    {of.fault === null ? (
      <Code text={pretty(of.text ?? "")} label={`${title} document`} />
    ) : (
      <p class="notice">{of.fault}</p>
    )}
  </details>
);

const MARKS = { pass: "pass", warn: "fail", fail: "fail", skipped: "skipped" } as const;

/** The doctor asks the issuer itself: only when a person wants it. */
function Doctor({ issuer }: { readonly issuer: Issuer }): JSX.Element {
  const [found, setFound] = useState<DoctorView>();
  const ask = async () => setFound(await call<DoctorView>("doctor", { issuer: issuer.issuer }));
  return (
    <>
      <h3 class="section">Doctor</h3>
      <p class="small-text muted">
        Can API Gateway use this issuer? The doctor asks {new URL(issuer.issuer).host} itself, from this machine, as{" "}
        <code>npx gatehouse doctor</code> does.
      </p>
      <Action label={found ? "Run the doctor again" : "Run the doctor"} done="Done" run={ask} />
      {found ? (
        <>
          <p>
            {found.usable
              ? "Nothing failed."
              : found.reached
                ? "Something failed."
                : "The issuer was not reached from here."}
          </p>
          <ol class="findings">
            {found.findings.map(({ code, level, what, got, fix, confidence }) => (
              <li class={level}>
                <Icon name={MARKS[level]} />
                <span>
                  <span class="hidden">{level}: </span>
                  <span class="mono">{code}</span> {what}
                  {got ? <span class="remedy">saw {got}</span> : null}
                  {fix ? <span class="remedy">{fix}</span> : null}
                </span>
                {confidence ? <Confidence of={confidence} /> : <span />}
              </li>
            ))}
          </ol>
        </>
      ) : null}
    </>
  );
}
