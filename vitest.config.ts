import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Processes that live for the whole run and no isolation: a file costs milliseconds, and nothing may patch a global. Vitest's
// own default leaves one core unused, which on a machine of two halves the run. The longest files start first.
const shared = {
  pool: "forks",
  isolate: false,
  maxWorkers: Math.min(4, availableParallelism()),
  testTimeout: 20_000,
  hookTimeout: 60_000,
} as const;

/** The alpha package, with which a template is compared, warns of itself at every use. */
const QUIET = { JSII_DEPRECATED: "quiet" };

export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    globalSetup: ["./test/temporary-folder.ts"],
    projects: [
      {
        test: {
          ...shared,
          name: "fast",
          include: ["test/**/*.test.ts"],
          // Those need more than npm, and have commands of their own: test:browser, test:deploy, test:keycloak.
          exclude: ["test/stack/**", "test/browser/**", "test/deploy/**", "test/keycloak/**"],
        },
      },
      // Apart, since each of its files is slower than most folders of the other; a process keeps what it has synthesised.
      { test: { ...shared, name: "synth", include: ["test/stack/**/*.test.ts"], env: QUIET } },
    ],
  },
});
