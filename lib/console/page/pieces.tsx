import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Header, Text } from "../wire.ts";
import { size } from "./times.ts";

// The small parts that every view is made of. A text from outside is always a text node.

const WORDS: Readonly<Record<string, string>> = {
  DOC: "documented by AWS",
  "OBS+": "observed on AWS by several",
  OBS1: "observed on AWS once",
  INF: "inferred, not observed on AWS",
  UNK: "not known of AWS: refused here, to be safe",
};

/** How sure we are, as a chip, and in words for those who want them. */
export const Confidence = ({ of, long = false }: { readonly of: string; readonly long?: boolean }): JSX.Element => (
  <span class="confidence" title={WORDS[of] ?? ""}>
    <span class="chip">{of}</span>
    {long ? <span class="muted"> {WORDS[of]}</span> : null}
  </span>
);

function statusKind(status: number): "good" | "refused" | "bad" {
  return status < 400 ? "good" : status < 500 ? "refused" : "bad";
}

export const Status = ({ of }: { readonly of: number }): JSX.Element => (
  <span class={`status ${statusKind(of)}`}>{of}</span>
);

/** A button that does something and says for a moment that it is done. */
export function Action(props: {
  readonly label: string;
  readonly done?: string;
  readonly title?: string;
  readonly run: () => Promise<void> | void;
}): JSX.Element {
  const [said, say] = useState<string>();
  const onClick = async () => {
    try {
      await props.run();
      say(props.done ?? "Copied");
    } catch (error) {
      say(error instanceof Error ? error.message : "Failed");
    }
    setTimeout(() => say(undefined), 1_600);
  };
  return (
    <button type="button" class="small" title={props.title} onClick={() => void onClick()}>
      <span aria-live="polite">{said ?? props.label}</span>
    </button>
  );
}

export const copy = (text: string): Promise<void> => navigator.clipboard.writeText(text);

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** An empty place says what will be there and how it gets there. */
export const Empty = (props: { readonly title: string; readonly children: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <h2>{props.title}</h2>
    {props.children}
  </div>
);

export const Code = ({ text, label }: { readonly text: string; readonly label: string }): JSX.Element => (
  // A region that scrolls has to be reached by the keyboard.
  // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
  <pre class="code" tabIndex={0} aria-label={label}>
    {coloured(text)}
  </pre>
);

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const MOST_COLOURED = 20_000;

/** JSON with its keys and values told apart; any other text as it is. */
function coloured(text: string): ComponentChildren {
  if (!/^\s*[[{]/.test(text) || text.length > MOST_COLOURED) return text;
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [whole, quoted, colon, word] = found;
    parts.push(text.slice(at, found.index));
    const kind = quoted === undefined ? (word ? "word" : "number") : colon === undefined ? "text" : "name";
    parts.push(<span class={`j-${kind}`}>{quoted ?? whole}</span>, colon ?? "");
    at = found.index + whole.length;
  }
  return [...parts, text.slice(at)];
}

/** A body or an event. */
export function Body({ of, label }: { readonly of: Text; readonly label: string }): JSX.Element {
  if (of.bytes === 0) return <p class="muted">empty</p>;
  return (
    <>
      <Code text={of.isBinary ? of.text : pretty(of.text)} label={label} />
      {of.isCut || of.isBinary ? (
        <p class="muted small-text">
          {of.isBinary ? "No text: its first bytes in hex" : "The beginning"}, of {size(of.bytes)}
        </p>
      ) : null}
    </>
  );
}

export function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.length > MOST_COLOURED) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export const Headers = ({ of, label }: { readonly of: readonly Header[]; readonly label: string }): JSX.Element => (
  <dl class="pairs mono" aria-label={label}>
    {of.map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

/** A choice of one among a few, as buttons in a row. */
export function Choice<Value extends string>(props: {
  readonly label: string;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly value: Value;
  readonly choose: (value: Value) => void;
}): JSX.Element {
  return (
    <fieldset class="choice">
      <legend class="hidden">{props.label}</legend>
      {props.options.map(([value, label]) => (
        <button type="button" aria-pressed={props.value === value} onClick={() => props.choose(value)}>
          {label}
        </button>
      ))}
    </fieldset>
  );
}

export const Field = (props: {
  readonly label: string;
  readonly hint?: string;
  readonly children: ComponentChildren;
}): JSX.Element => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is its child
  <label class="field">
    <span class="field-label">
      {props.label}
      {props.hint ? <span class="muted"> {props.hint}</span> : null}
    </span>
    {props.children}
  </label>
);
