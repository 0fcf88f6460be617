import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { test } from "vitest";
import type { RunningConsole } from "../console/running-console.ts";
import { CHECKOUT } from "../project-copy.ts";

/** Debian's chromium, or that of CHROMIUM. */
const EXECUTABLES: readonly (string | undefined)[] = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** A test that runs where there is a browser; `needs-chromium.ts` says where there is none. */
export const browserTest = test.runIf(executable() !== undefined);

export function executable(): string | undefined {
  return EXECUTABLES.find((path) => path !== undefined && existsSync(path));
}

/** Screenshots of the run; git ignores the folder. */
export const ARTEFACTS: string = join(CHECKOUT, ".artifacts", "console");

/** Starts the browser with a new profile that goes with it. */
export async function launch(...more: readonly string[]): Promise<Browser> {
  const executablePath = executable();
  if (executablePath === undefined) throw new Error("there is no chromium: apt-get install chromium");
  mkdirSync(ARTEFACTS, { recursive: true });
  return chromium.launch({
    executablePath,
    // Tests run as root, in a container, where its sandbox does not start.
    chromiumSandbox: false,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** How long a person waits for what should be there. */
const PATIENCE_MS = 8_000;

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
}

export const WIDE: Look = { width: 1440, height: 900, scheme: "light" };
export const NARROW: Look = { width: 360, height: 740, scheme: "light" };

/** A person before the console: its page, and everything that the page said or asked that it should not have. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, faults of scripts, and requests to any other host. */
  readonly faults: string[];
  /** Goes to another view as a person does. */
  readonly view: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function visit(browser: Browser, { console }: RunningConsole, look: Look = WIDE): Promise<Visit> {
  const { width, height, scheme } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol !== "blob:" && host !== `127.0.0.1:${console.port}`) faults.push(`asked ${request.url()}`);
  });
  await page.goto(console.url);
  await page.getByText("Live", { exact: true }).waitFor();
  return {
    page,
    context,
    faults,
    view: (name) => page.getByRole("navigation").getByRole("link", { name }).click(),
    close: () => context.close(),
  };
}

export const clipboardOf = (page: Page): Promise<string> => page.evaluate("navigator.clipboard.readText()");
