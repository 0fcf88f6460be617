import { defineConfig } from "vitest/config";

// `npm run test:deploy`: the genuine CDK command line against emulators of AWS. Slow, and Python's: not in `npm test`.
export default defineConfig({
  test: {
    name: "deploy",
    include: ["test/deploy/**/*.test.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    globalSetup: ["./test/temporary-folder.ts"],
    pool: "forks",
    maxWorkers: 1,
    sequence: { concurrent: false },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
