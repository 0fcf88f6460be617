import type { JSX } from "preact";

// Each icon is drawn on a grid of 16 and says nothing: the text beside it does.

const PATHS = {
  requests: "M2 4h12M2 8h12M2 12h7",
  token: "M10 6.500a3.500 3.500 0 1 0-3.300 3.500L8 11.300h1.500v1.500H11V14h3v-2.500l-4.200-4.200c.13-.26.2-.52.2-.8z",
  send: "M2 8h11M9 4l4 4-4 4",
  routes: "M3 3v6a3 3 0 0 0 3 3h7M10 9l3 3-3 3M3 6h7",
  issuer: "M8 1.500 3 3.500v4c0 3 2 5.500 5 7 3-1.500 5-4 5-7v-4z",
  pass: "M3 8.500 6.500 12 13 4.500",
  fail: "M4 4l8 8M12 4l-8 8",
  skipped: "M4 8h8",
  pause: "M5.500 3v10M10.500 3v10",
  play: "M5 3l8 5-8 5z",
  back: "M10 3 5 8l5 5",
  close: "M4 4l8 8M12 4l-8 8",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { readonly name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
