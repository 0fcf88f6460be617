import type { Assembly } from "../../assembly/model.ts";
import type { FileWatchOptions } from "./file-watch.ts";

/** Where the APIs come from, and how a change of its files becomes what is served next. */
export interface Source {
  /** What a person calls changed files relative to. */
  readonly folder: string;
  readonly watched: Pick<FileWatchOptions, "folder" | "isIgnored" | "files" | "quietMs">;
  /** Does ahead of time what makes the next update quick. Never rejects. */
  prepare(): Promise<void>;
  /**
   * @returns undefined where the files concern nothing that is served
   * @throws Mistake where they are broken; the next change of any file is a try to put it right
   */
  update(changed: ReadonlySet<string>): Promise<Update | undefined>;
  close(): Promise<void>;
}

export interface Update {
  readonly assembly: Assembly;
  /** Those of the changed files that it comes from. */
  readonly causes: readonly string[];
  /** Called when no request runs on what was served before. */
  readonly onDrained?: () => void;
}
