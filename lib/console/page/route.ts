import { Store } from "./store.ts";

export const VIEWS = ["requests", "token", "send", "routes", "issuer"] as const;
export type View = (typeof VIEWS)[number];

/** Where the page is: `#/requests/12` is the request 12. */
export interface Place {
  readonly view: View;
  readonly rest: string;
}

const read = (): Place => {
  const [, name, rest = ""] = /^#\/(\w+)(?:\/(.*))?$/.exec(location.hash) ?? [];
  return { view: VIEWS.find((view) => view === name) ?? "requests", rest };
};

export const place = new Store<Place>(read());

export const go = (view: View, rest = ""): void => {
  const hash = `#/${view}${rest === "" ? "" : `/${rest}`}`;
  if (location.hash !== hash) location.hash = hash;
};

export const followPlace = (): void => {
  place.set(read());
  addEventListener("hashchange", () => place.set(read()));
};
