import { statSync } from "node:fs";
import { join } from "node:path";
import { runConsole } from "../console/running-console.ts";
import { CHECKOUT } from "../project-copy.ts";
import { launch, visit } from "./browser.ts";

// `npm run docs:console` writes docs/console.png, the picture of README.md: a request that was refused, and why.

const FILE = join(CHECKOUT, "docs", "console.png");
const MOST_BYTES = 150_000;

const running = await runConsole();
const browser = await launch();
const { page } = await visit(browser, running, { width: 1_180, height: 700, scheme: "light" });
for (const path of ["/me", "/orders", "/orders/42", "/me"]) await running.ask(path, {});
await running.ask("/health", null);
await running.ask("/orders", { flaw: "no-scope" });
await running.ask("/me", { flaw: "expired" });
await running.ask("/orders/42", {});
await running.ask("/orders", { flaw: "wrong-audience" });
await page.getByText("9 requests").waitFor();
await page.getByRole("option").first().click();
await page.getByRole("heading", { name: "Access log" }).waitFor();
await page.mouse.move(540, 690);
await page.screenshot({ path: FILE });
await browser.close();
await running.close();

const { size } = statSync(FILE);
if (size > MOST_BYTES) throw new Error(`docs/console.png has ${size} bytes, more than ${MOST_BYTES}`);
process.stdout.write(`docs/console.png, ${size} bytes\n`);
