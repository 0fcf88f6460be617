import { defineConfig } from "vitest/config";

// The console in a real browser: one process, for every file starts a browser of its own.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    reporters: ["default", "../closing-line.ts"],
    globalSetup: ["../temporary-folder.ts", "./needs-chromium.ts"],
    pool: "forks",
    maxWorkers: 1,
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
