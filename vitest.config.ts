import { defineConfig } from "vitest/config";

// One process and no isolation: a file costs milliseconds, and nothing may patch a global.
const shared = { pool: "threads", isolate: false, testTimeout: 20_000, hookTimeout: 60_000 } as const;

/** The alpha package, with which a template is compared, warns of itself at every use. */
const QUIET = { JSII_DEPRECATED: "quiet" };

export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    globalSetup: ["./test/temporary-folder.ts"],
    projects: [
      { test: { ...shared, name: "fast", include: ["test/**/*.test.ts"], exclude: ["test/stack/**"] } },
      // Every file here reads the same synthesised templates: one worker, so that they are made once. A process, since
      // the CDK hands its own stdout to esbuild, which a thread does not have.
      {
        test: {
          ...shared,
          name: "synth",
          include: ["test/stack/**/*.test.ts"],
          pool: "forks",
          maxWorkers: 1,
          env: QUIET,
        },
      },
    ],
  },
});
