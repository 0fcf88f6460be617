/** A person before a browser without scripts: keeps cookies, follows redirects, fills forms in. */
export class Person {
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>();

  /**
   * Opens a page and goes where it leads.
   * @returns the page, or the URL of the application that the person was returned to
   */
  async open(url: string, until: string, form?: Readonly<Record<string, string>>): Promise<Seen> {
    let at = new URL(url);
    let body = form === undefined ? undefined : new URLSearchParams(form).toString();
    for (let step = 0; step < 10; step += 1) {
      const cookie = [...this.#cookies]
        .filter(([, { path }]) => at.pathname.startsWith(path))
        .map(([name, { value }]) => `${name}=${value}`)
        .join("; ");
      const response = await fetch(at, {
        redirect: "manual",
        headers: {
          accept: "text/html",
          cookie,
          ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        },
        ...(body === undefined ? {} : { method: "POST", body }),
      });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      body = undefined;
      const location = response.headers.get("location");
      if (location === null) return { url: at, status: response.status, html: await response.text() };
      at = new URL(location, at);
      if (at.href.startsWith(until)) return { url: at, status: response.status, html: "" };
    }
    throw new Error("the redirects never end");
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const path = attributes.find((one) => one.startsWith("path="))?.slice("path=".length) ?? "/";
    if (value === "") this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path });
  }
}

export interface Seen {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

/** The hidden fields of a page's first form, and where it is sent. */
export function formOf({ html, url }: Seen): { readonly action: string; readonly fields: Record<string, string> } {
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const [, action = url.href] = /<form[^>]* action="([^"]+)"/.exec(html) ?? [];
  return { action, fields: Object.fromEntries(fields.map(([, name = "", value = ""]) => [name, value])) };
}
