import { defineConfig } from "vitest/config";

// `npm run test:keycloak`: tokens of a real issuer that nobody here wrote.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    reporters: ["default", "../closing-line.ts"],
    globalSetup: ["../temporary-folder.ts", "./needs-keycloak.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 200_000,
  },
});
