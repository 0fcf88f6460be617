import { posix } from "node:path";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { applyEdits, modify } from "jsonc-parser";
import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";
import { entryOf, stackLines, withStack } from "./entry-file.ts";
import type { FileChange, InitOptions, InitPlan } from "./plan.ts";
import type { ProjectFolder } from "./project-folder.ts";
import {
  APP_FILE,
  appText,
  CONTEXT,
  HANDLER_FILE,
  handlerText,
  LAUNCH,
  STACK,
  STACK_FILE,
  stackText,
  tsconfig,
} from "./texts.ts";

/** A file as it is wanted; `after` gets its present text, undefined where there is none, and gives it back where nothing is to be done. */
interface Wanted {
  readonly path: string;
  readonly about: string;
  readonly after: (before: string | undefined) => string | undefined;
}

const IGNORED = ["node_modules", "cdk.out", ".gatehouse"];
const TOOLS = ["gatehouse", "esbuild"] as const;
const TOOLS_OF_NEW = [...TOOLS, "aws-cdk", "tsx", "typescript", "@types/node"] as const;
const NEW_APP = "node --import tsx bin/app.ts";

/**
 * Plans what makes a protected API of a folder: a new app in an empty one, a stack in an app that is there. Reads only.
 * @throws Mistake `init-unreadable`, `init-not-typescript`
 */
export function initPlan(folder: ProjectFolder, options: InitOptions): InitPlan {
  const settings = folder.readJson("cdk.json");
  const entry = folder.isNew ? APP_FILE : entryOf(settings.app);
  if (entry === undefined) throw notTypeScript(settings.app);
  const isEsm = folder.readJson("package.json").type === "module" || entry.endsWith(".mts");
  const left: string[] = [];
  const wanted: readonly Wanted[] = [
    packageJson(folder, options),
    cdkJson(folder, options),
    ...(folder.isNew ? [newFile("tsconfig.json", "the compiler's options", jsonText(tsconfig))] : []),
    entryFile(folder, entry, isEsm, left),
    newFile(STACK_FILE, "the stack: routes, authorizer, function", stackText),
    newFile(HANDLER_FILE, "the function behind the routes", handlerText),
    gitignore(),
    launchJson(),
  ];
  const changes: FileChange[] = [];
  const kept: string[] = [];
  for (const { path, about, after } of wanted) {
    const before = folder.read(path);
    const text = after(before);
    if (text === undefined) continue;
    if (text === before) kept.push(path);
    else changes.push({ path, before, after: text, about });
  }
  return {
    kind: folder.isNew ? "new app" : "app added to",
    changes,
    kept,
    left,
    next: [
      ...(changes.some(({ path }) => path === "package.json") ? [installCommand(folder)] : []),
      "npx gatehouse local",
    ],
  };
}

/** A file of which a person's own version stays as it is. */
const newFile = (path: string, about: string, text: string): Wanted => ({
  path,
  about,
  after: (before) => before ?? text,
});

function packageJson(folder: ProjectFolder, { versions }: InitOptions): Wanted {
  const own = folder.readJson("package.json");
  const has = (name: string) =>
    ["dependencies", "devDependencies", "optionalDependencies"].some((kind) => isJson(own[kind]) && name in own[kind]);
  const range = (name: string) => `^${versions[name] ?? ""}`;
  const edits: Edit[] = folder.isNew
    ? [
        ...(own.name === undefined
          ? [
              { at: ["name"], value: packageName(folder.name) },
              { at: ["private"], value: true },
            ]
          : []),
        ...(isJson(own.scripts) && "start" in own.scripts
          ? []
          : [{ at: ["scripts", "start"], value: "gatehouse local" }]),
        ...["aws-cdk-lib", "constructs"].map((name) => ({
          at: ["dependencies", name],
          value: range(name),
          unless: has(name),
        })),
        ...TOOLS_OF_NEW.map((name) => ({ at: ["devDependencies", name], value: range(name), unless: has(name) })),
      ]
    : TOOLS.map((name) => ({ at: ["devDependencies", name], value: range(name), unless: has(name) }));
  return {
    path: "package.json",
    about: folder.isNew ? "the app's packages" : "the packages gatehouse, and esbuild, which bundles the function",
    after: (before) => edited(before ?? "{}\n", edits),
  };
}

function cdkJson(folder: ProjectFolder, { issuer, audience }: InitOptions): Wanted {
  const { app, context } = folder.readJson("cdk.json");
  const has = isJson(context) && CONTEXT in context;
  return {
    path: "cdk.json",
    about: `the environment ${CONTEXT}.dev: issuer and audience`,
    after: (before) =>
      edited(before ?? "{}\n", [
        { at: ["app"], value: NEW_APP, unless: app !== undefined },
        { at: ["context"], value: recommendedFlags, unless: !folder.isNew || context !== undefined },
        { at: ["context", CONTEXT], value: { dev: { issuer, audience } }, unless: has },
      ]),
  };
}

function entryFile(folder: ProjectFolder, entry: string, isEsm: boolean, left: string[]): Wanted {
  const relative = posix.relative(posix.dirname(entry), STACK_FILE.replace(/\.ts$/, ""));
  const module = relative.startsWith(".") ? relative : `./${relative}`;
  const stack = { ...STACK, module, isEsm };
  return {
    path: entry,
    about: folder.isNew ? "the app" : "the stack in the app",
    after: (before) => {
      if (before === undefined && folder.isNew) return appText;
      if (before?.includes(STACK.className)) return before;
      const text = before === undefined ? undefined : withStack(before, stack);
      if (text !== undefined) return text;
      left.push(`add the stack where your app makes its stacks: ${stackLines(stack, "app").join(" ")}`);
      return before;
    },
  };
}

const gitignore = (): Wanted => ({
  path: ".gitignore",
  about: "what is made again each time",
  after: (before = "") => {
    const lines = new Set(before.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, "")));
    const missing = IGNORED.filter((name) => !lines.has(name));
    const text = before === "" || before.endsWith("\n") ? before : `${before}\n`;
    return missing.length === 0 ? before : `${text}${missing.map((name) => `${name}/\n`).join("")}`;
  },
});

/** VS Code's file may hold comments, so it is not read as JSON; what is added comes at the end of its lists. */
const launchJson = (): Wanted => ({
  path: ".vscode/launch.json",
  about: "F5 in VS Code: gatehouse local, with breakpoints",
  after: (before) => {
    if (before === undefined) return jsonText({ version: "0.2.0", ...LAUNCH });
    if (before.includes("gatehouse local")) return before;
    const edits = Object.entries(LAUNCH).flatMap(([list, members]): readonly Edit[] =>
      new RegExp(`"${list}"\\s*:\\s*\\[`).test(before)
        ? members.map((value) => ({ at: [list, -1], value, isInsertion: true }))
        : [{ at: [list], value: members }],
    );
    return edited(before, edits);
  },
});

interface Edit {
  readonly at: readonly (string | number)[];
  readonly value: unknown;
  readonly unless?: boolean;
  readonly isInsertion?: boolean;
}

/** Adds members to a JSON text and leaves all of its own form: order, comments, indentation, line ends. */
function edited(text: string, edits: readonly Edit[]): string {
  const [, indent = "  "] = /\n([ \t]+)\S/.exec(text) ?? [];
  const formattingOptions = {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.startsWith("\t") ? 1 : indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  return edits
    .filter(({ unless }) => unless !== true)
    .reduce(
      (now, { at, value, isInsertion = false }) =>
        applyEdits(now, modify(now, [...at], value, { formattingOptions, isArrayInsertion: isInsertion })),
      text,
    );
}

const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** A folder's name as npm takes it. */
const packageName = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "") || "protected-api";

/** By the lock file that is there. */
function installCommand(folder: ProjectFolder): string {
  if (folder.read("pnpm-lock.yaml") !== undefined) return "pnpm install";
  return folder.read("yarn.lock") === undefined ? "npm install" : "yarn install";
}

const notTypeScript = (app: Json[string]) =>
  new Mistake("init-not-typescript", {
    what: "init writes TypeScript, and this app does not start a TypeScript file",
    got: app === undefined ? "cdk.json without 'app'" : `app: ${JSON.stringify(app)}`,
    expected: "an app such as 'npx tsx bin/app.ts'",
    fix:
      app === undefined
        ? "add 'app' to cdk.json"
        : "leave init out: 'npx gatehouse local' and the other commands work in an app of any language",
  });
