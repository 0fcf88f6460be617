import { defineConfig } from "vitest/config";

// One process and no isolation: a file costs milliseconds, and nothing may patch a global.
const shared = { pool: "threads", isolate: false, testTimeout: 20_000, hookTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    projects: [
      { test: { ...shared, name: "fast", include: ["test/**/*.test.ts"], exclude: ["test/stack/**"] } },
      // Every file here reads the same synthesised templates: one worker, so that they are made once.
      { test: { ...shared, name: "synth", include: ["test/stack/**/*.test.ts"], maxWorkers: 1 } },
    ],
  },
});
