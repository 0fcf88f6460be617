import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { makeAuthority } from "../keys/certificates.ts";
import { CHECKOUT } from "../project-copy.ts";

// Another app with the package and what docs/constructs.md and docs/package.md tell it to write, to the letter.

const run = promisify(execFile);
const MODULES = join(CHECKOUT, "node_modules");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-foreign-app-"));
const caBundle = join(folder, "company.pem");

const [page = "", ...parts] = [
  ...readFileSync(join(CHECKOUT, "docs", "constructs.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g),
].map(([, code = ""]) => code.replace("/path/of/company.pem", caBundle));

/** What docs/package.md says of `gatehouse/rules`. */
const [, rules = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(CHECKOUT, "docs", "package.md"), "utf8")) ?? [];

/** A later piece of the page, which speaks of the first one's stack and API. */
function partOf(code: string, at: number): string {
  const lines = code.split("\n");
  return `import type { Stack } from "aws-cdk-lib";
import type * as constructs from "gatehouse";
${lines.filter((line) => line.startsWith("import ")).join("\n")}
export function add${at}(stack: Stack, api: constructs.ProtectedHttpApi) {
${lines.filter((line) => !line.startsWith("import ")).join("\n")}
}
`;
}

/** The app as a user has it: packages in node_modules, ours among them, strict TypeScript. */
function newApp(type: "commonjs" | "module", dist: string): string {
  const app = join(folder, type);
  const modules = join(app, "node_modules");
  mkdirSync(join(modules, "gatehouse"), { recursive: true });
  mkdirSync(join(modules, "@types"));
  for (const name of ["aws-cdk-lib", "constructs", "esbuild", "@types/node"])
    symlinkSync(join(MODULES, name), join(modules, name));
  cpSync(dist, join(modules, "gatehouse", "dist"), { recursive: true });
  cpSync(join(CHECKOUT, "package.json"), join(modules, "gatehouse", "package.json"));
  writeFileSync(join(app, "package.json"), JSON.stringify({ type }));
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    strict: true,
    skipLibCheck: true,
    outDir: "out",
    types: ["node"],
  };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  for (const [at, code] of parts.entries()) writeFileSync(join(app, `part${at}.ts`), partOf(code, at));
  writeFileSync(join(app, "rules.ts"), rules);
  const imports = parts.map((_, at) => `import { add${at} } from "./part${at}.js";\n`).join("");
  const calls = parts.map((_, at) => `add${at}(stack, api);\n`).join("");
  writeFileSync(join(app, "app.ts"), imports + page.replace("app.synth();", `${calls}app.synth();`));
  return app;
}

beforeAll(async () => {
  writeFileSync(caBundle, (await makeAuthority()).ca);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("another app, with the constructs from the package", () => {
  const KINDS = ["commonjs", "module"] as const;
  const assemblies = new Map<string, string>();

  beforeAll(async () => {
    const dist = join(folder, "dist");
    await run(process.execPath, ["--import", "tsx", "tools/build-package.ts", dist], { cwd: CHECKOUT });
    await Promise.all(
      KINDS.map(async (kind) => {
        const app = newApp(kind, dist);
        await run(join(MODULES, ".bin", "tsc"), [], { cwd: app });
        const CDK_OUTDIR = join(app, "cdk.out");
        // The linter asks one of them: their templates are the same, as a test below shows.
        const CDK_VALIDATION = String(kind === "module");
        await run(process.execPath, ["out/app.js"], { cwd: app, env: { ...process.env, CDK_OUTDIR, CDK_VALIDATION } });
        assemblies.set(kind, CDK_OUTDIR);
      }),
    );
  }, 180_000);

  test.each(KINDS)("is compiled and synthesised, each piece of the page, as %s", (kind) => {
    const { apis } = readAssembly(assemblies.get(kind) ?? "");
    expect(apis[0]?.routes.map(({ key, authorization }) => [key, authorization.kind])).toEqual([
      ["GET /health", "none"],
      ["GET /me", "jwt"],
      ["GET /orders", "jwt"],
    ]);
    const { Resources: resources } = JSON.parse(
      readFileSync(join(assemblies.get(kind) ?? "", "Orders.template.json"), "utf8"),
    ) as { Resources: Readonly<Record<string, { readonly Type: string }>> };
    const types = Object.values(resources).map(({ Type: type }) => type);
    for (const type of ["AWS::ApiGatewayV2::DomainName", "AWS::CloudWatch::Dashboard", "AWS::Lambda::Function"])
      expect(types).toContain(type);
  });

  test("is the same app in both kinds of module", () => {
    const [one, other] = KINDS.map((kind) =>
      readFileSync(join(assemblies.get(kind) ?? "", "Orders.template.json"), "utf8"),
    );
    expect(one).toBe(other);
  });

  test("is refused by the compiler where it leaves the authorizer out or misspells a prop", {
    timeout: 60_000,
  }, async () => {
    const app = join(folder, "module");
    const wrong = "props.authorizer = undefined;\nprops.trottle = {};\n";
    const file = join(app, "wrong.ts");
    writeFileSync(
      file,
      `import type { ProtectedHttpApiProps } from "gatehouse";\ndeclare const props: { -readonly [Key in keyof ProtectedHttpApiProps]: ProtectedHttpApiProps[Key] };\n${wrong}`,
    );
    const said = await run(join(MODULES, ".bin", "tsc"), ["--noEmit"], { cwd: app }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    rmSync(file);
    expect(said).toMatch(/wrong\.ts\(3.*undefined[\s\S]*wrong\.ts\(4.*trottle/);
  });
});
