import { createHash } from "node:crypto";
import type { Context } from "./context.ts";

/** HTML that is made of nothing but `html` and what it escaped. */
export interface Html {
  readonly html: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes every text that is put in; pieces of HTML and lists of them stay as they are. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const texts = values.map((value) =>
    typeof value === "string"
      ? value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "")
      : [value]
          .flat()
          .map((one) => one.html)
          .join(""),
  );
  return { html: parts.map((part, at) => `${part}${texts[at] ?? ""}`).join("") };
}

/** A form that the library made: its own fields stay, the rest of the page is ours. */
export const trusted = (made: string): Html => ({ html: made });

const STYLE = `
:root { color-scheme: light dark;
  --page: light-dark(#f6f6f4, #111315); --panel: light-dark(#ffffff, #191c1f); --line: light-dark(#8a8d89, #6d747b);
  --soft: light-dark(#e0e0da, #2b3035); --text: light-dark(#1b1d1f, #e6e8ea); --muted: light-dark(#5a5f64, #a0a6ad);
  --accent: light-dark(#2c53c5, #9db6ff); --on-accent: light-dark(#ffffff, #10131c); --bad: light-dark(#b02318, #ff968a);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; padding: 24px 16px; display: grid; place-items: center; background: var(--page); color: var(--text); }
main { width: 100%; max-width: 400px; padding: 28px 24px; background: var(--panel); border: 1px solid var(--soft); border-radius: 8px; }
h1 { margin: 0 0 4px; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 16px; overflow-wrap: anywhere; } .muted, footer { color: var(--muted); font-size: 13px; }
label { display: block; margin-bottom: 14px; font-weight: 600; font-size: 13px; }
input { display: block; width: 100%; margin-top: 4px; padding: 9px 10px; font: inherit; font-size: 15px; font-weight: 400; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 6px; }
.actions { display: flex; gap: 8px; flex-wrap: wrap; margin-top: 20px; }
button { flex: 1 1 auto; min-height: 40px; padding: 8px 16px; font: inherit; font-weight: 600; border-radius: 6px; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[role=alert] { color: var(--bad); font-weight: 600; }
table { width: 100%; border-collapse: collapse; font-size: 13px; } caption { text-align: left; color: var(--muted); padding-bottom: 4px; }
th, td { text-align: left; font-weight: 400; padding: 4px 8px 4px 0; border-top: 1px solid var(--soft); vertical-align: top; }
code { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; overflow-wrap: anywhere; }
td code { overflow-wrap: normal; }
.code { font-size: 22px; letter-spacing: 0.08em; } section, footer { margin-top: 24px; }
`;
const SUBMIT = "document.forms[0].submit()";
const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** What the issuer is, in its last line. */
  readonly about: string;
  /** Send its form at once. @default false */
  readonly isSentAtOnce?: boolean;
}

/** Answers with a page that loads nothing and may be shown in no frame. A form may lead anywhere: to the client at last. */
export function showPage(ctx: Context, { title, body, about, isSentAtOnce = false }: Page): void {
  ctx.type = "html";
  ctx.set({
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; img-src data:; style-src ${hashOf(STYLE)}; script-src ${isSentAtOnce ? hashOf(SUBMIT) : "'none'"}; frame-ancestors 'none'; base-uri 'none'`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  ctx.body = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="data:,"><style>${trusted(STYLE)}</style></head>
<body><main><h1>${title}</h1>${body}<footer>${about}</footer></main>${isSentAtOnce ? trusted(`<script>${SUBMIT}</script>`) : ""}</body></html>
`.html;
}
