import { describe, expect, test } from "vitest";
import { entryOf, withStack } from "../../lib/init/entry-file.ts";

const STACK = { className: "Mine", module: "../lib/mine", id: "M", isEsm: false };

describe("the file that an app command starts", () => {
  test.each([
    ["npx tsc && npx tsx bin/shop.ts", "bin/shop.ts"],
    ["npx ts-node --prefer-ts-exts bin/shop.ts", "bin/shop.ts"],
    ["node --import tsx ./src/main.mts --flag", "src/main.mts"],
    [`node --require tsx/cjs --eval "require('./bin/app.ts')"`, "bin/app.ts"],
    ["node bin/shop.js", undefined],
    ["python3 app.py", undefined],
    ["mvn -e -q compile exec:java", undefined],
    [undefined, undefined],
  ])("of %s is %s", (app, entry) => {
    expect(entryOf(app)).toBe(entry);
  });
});

describe("a stack is added to an app's entry file", () => {
  test("after the last import, and at the end, in the file's own quotes", () => {
    const text =
      "import { App } from 'aws-cdk-lib';\nimport {\n  A,\n} from './a';\n\nconst app = new App();\nnew A(app, 'A');\n";
    expect(withStack(text, STACK)).toBe(
      "import { App } from 'aws-cdk-lib';\nimport {\n  A,\n} from './a';\nimport { Mine } from '../lib/mine';\n\nconst app = new App();\nnew A(app, 'A');\nnew Mine(app, 'M');\n",
    );
  });

  test("before app.synth(), and with the ending that an ECMAScript module needs", () => {
    const text = 'import * as cdk from "aws-cdk-lib";\nexport const shop: cdk.App = new cdk.App({});\nshop.synth();\n';
    expect(withStack(text, { ...STACK, isEsm: true })).toBe(
      'import * as cdk from "aws-cdk-lib";\nimport { Mine } from "../lib/mine.js";\nexport const shop: cdk.App = new cdk.App({});\nnew Mine(shop, "M");\nshop.synth();\n',
    );
  });

  test("with the file's own line ends, also where the last line has none", () => {
    const text = 'import { App } from "aws-cdk-lib";\r\nconst app = new App();';
    expect(withStack(text, STACK)).toBe(
      'import { App } from "aws-cdk-lib";\r\nimport { Mine } from "../lib/mine";\r\nconst app = new App();\r\nnew Mine(app, "M");\r\n',
    );
  });

  test.each([
    [
      "makes its app in a function",
      'import { App } from "aws-cdk-lib";\nfunction main() {\n  const app = new App();\n}\n',
    ],
    ["makes no app", 'import { Shop } from "./shop";\nnew Shop();\n'],
    ["imports by require", 'const { App } = require("aws-cdk-lib");\nconst app = new App();\n'],
  ])("not where the file %s", (_, text) => {
    expect(withStack(text, STACK)).toBeUndefined();
  });
});
