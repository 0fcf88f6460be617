import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Environment, orUnwritable, ownNotesDirectory } from "./running-sessions.ts";

const KEY = /^[A-Za-z0-9_-]{22}$/;

/**
 * The key of the console's address: the same for every start in one folder, so that a page that is open finds its way back
 * after a restart. Only this user can read it.
 * @param environment that of the process; `XDG_RUNTIME_DIR` is read
 * @throws Mistake `notes-folder-foreign`, `notes-unwritable`
 */
export function consoleKeyOf(folder: string, environment: Environment): string {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const file = join(ownNotesDirectory(environment), `console-${name}.key`);
  const before = readKey(file);
  if (before !== undefined) return before;
  const key = randomBytes(16).toString("base64url");
  orUnwritable(file, () => writeFileSync(file, key, { mode: 0o600 }));
  return key;
}

function readKey(file: string): string | undefined {
  try {
    const key = readFileSync(file, "utf8");
    return KEY.test(key) ? key : undefined;
  } catch {
    return undefined;
  }
}
