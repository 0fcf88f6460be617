import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { Mistake } from "../findings/mistake.ts";

const ACCESS_OF_OTHERS = 0o077;
const WRITING_BY_OTHERS = 0o022;

/**
 * Makes a folder that only this user may enter, with what lies in it: code from it runs with the user's rights. One that is
 * there already is closed to others.
 * @throws Mistake `folder-foreign` where it is a link, a file or another user's
 */
export function makeOwnFolder(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) mkdirSync(path, { recursive: true, mode: 0o700 });
  const stat = lstatSync(path);
  if (!stat.isDirectory() || !isMine(stat.uid))
    throw new Mistake("folder-foreign", {
      what: "a folder whose code would run with your rights is not your own",
      got: `${path}, ${stat.isDirectory() ? `of the user ${stat.uid}` : "which is a link or a file"}`,
      expected: "a folder of this user, which is not a link",
      fix: `remove ${path} and run the command again`,
    });
  if ((stat.mode & ACCESS_OF_OTHERS) !== 0) chmodSync(path, stat.mode & 0o700);
}

/** Whether a path is a folder of this user that nobody else may write to. */
export function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && isMine(stat.uid) && (stat.mode & WRITING_BY_OTHERS) === 0;
}

/** Systems without user ids have no modes, either. */
const isMine = (uid: number) => process.getuid === undefined || uid === process.getuid();
