import { createHash, randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { keyText, readKeyText, type SigningKey } from "../tokens/signing-keys.ts";
import type { EmbeddedClient } from "./embedded-client.ts";

/** What an issuer knows from one start to the next. Its form is our own and may change with any version. */
interface Kept {
  readonly issuer: string;
  signingKey?: string;
  readonly cookieKey: string;
  /** By client id. */
  readonly secrets: Record<string, string>;
  applications: readonly EmbeddedClient[];
  /** Of who may call the management API. */
  administratorPassword?: string;
  managementSecret?: string;
  /** API resources, and which application is authorised for which. */
  management?: unknown;
  /** Sessions, grants, codes and tokens. */
  records: unknown;
}

const WRITE_AFTER_MS = 200;

/** The memory of one issuer: in a folder of the user's, or gone with the process. */
export class IssuerData {
  readonly #file: string | undefined;
  readonly #kept: Kept;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string | undefined, kept: Kept) {
    this.#file = file;
    this.#kept = kept;
  }

  /** Signs the cookies of the sign-in. */
  get cookieKey(): string {
    return this.#kept.cookieKey;
  }

  get records(): unknown {
    return this.#kept.records;
  }

  get administratorPassword(): string {
    return this.#madeUp("administratorPassword");
  }

  get managementSecret(): string {
    return this.#madeUp("managementSecret");
  }

  #madeUp(name: "administratorPassword" | "managementSecret"): string {
    this.#kept[name] ??= newSecret();
    this.saveSoon();
    return this.#kept[name];
  }

  get management(): unknown {
    return this.#kept.management;
  }

  set management(value: unknown) {
    this.#kept.management = value;
    this.saveSoon();
  }

  get applications(): readonly EmbeddedClient[] {
    return this.#kept.applications;
  }

  /** The secret of a client, made up when it is first needed. */
  secretOf(clientId: string): string {
    const { secrets } = this.#kept;
    secrets[clientId] ??= newSecret();
    this.saveSoon();
    return secrets[clientId];
  }

  /** The key of the last start, or a new one. */
  async signingKey(make: () => SigningKey | Promise<SigningKey>): Promise<SigningKey> {
    const { signingKey } = this.#kept;
    if (signingKey !== undefined) return readKeyText(signingKey);
    const made = await make();
    if (this.#file === undefined) return made;
    this.#kept.signingKey = await keyText(made);
    this.saveSoon();
    return made;
  }

  keepApplications(applications: readonly EmbeddedClient[]): void {
    this.#kept.applications = applications;
    this.saveSoon();
  }

  /** @param read what to keep, at the moment of writing */
  keepRecords(read: () => unknown): void {
    this.#readRecords = read;
    this.saveSoon();
  }
  #readRecords: (() => unknown) | undefined;

  saveSoon(): void {
    if (this.#file === undefined) return;
    this.#timer ??= setTimeout(() => this.save(), WRITE_AFTER_MS).unref();
  }

  /** Writes what is not written yet; a reader sees the old file or the new one, never half of one. */
  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#file === undefined) return;
    if (this.#readRecords) this.#kept.records = this.#readRecords();
    const draft = `${this.#file}.${process.pid}.new`;
    writeFileSync(draft, JSON.stringify(this.#kept), { mode: 0o600 });
    renameSync(draft, this.#file);
  }
}

const newSecret = () => randomBytes(24).toString("base64url");

const newlyKept = (issuer: string): Kept => ({
  issuer,
  cookieKey: newSecret(),
  secrets: {},
  applications: [],
  records: undefined,
});

/**
 * Opens what an issuer left in a folder, which is made where it is not there yet: for its owner only.
 * @param folder undefined to keep nothing
 * @throws Mistake `issuer-data-foreign`, `issuer-data-broken`
 */
export function openIssuerData(folder: string | undefined, issuer: string): IssuerData {
  if (folder === undefined) return new IssuerData(undefined, newlyKept(issuer));
  ownFolder(folder);
  const file = join(folder, `${createHash("sha256").update(issuer).digest("hex").slice(0, 16)}.json`);
  return new IssuerData(file, readKept(file, issuer) ?? newlyKept(issuer));
}

function ownFolder(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    return;
  }
  const isOwn = found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid());
  if (isOwn && (process.platform === "win32" || (found.mode & 0o077) === 0)) return;
  throw new Mistake("issuer-data-foreign", {
    what: "the folder for the issuer's key, secrets and sessions is open to other users",
    got: folder,
    expected: "a folder of your own that nobody else may read or write (0700), or one that is not there yet",
    fix: `chmod 700 ${folder}, or another --issuer-data`,
  });
}

function readKept(file: string, issuer: string): Kept | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const kept = JSON.parse(text) as Kept;
    if (kept.issuer === issuer && typeof kept.cookieKey === "string" && Array.isArray(kept.applications)) return kept;
  } catch {
    // The same mistake.
  }
  throw new Mistake("issuer-data-broken", {
    what: "what the embedded issuer kept cannot be read",
    got: file,
    expected: "the file as Gatehouse wrote it",
    fix: `remove ${file}: the issuer then begins with a new key and new secrets`,
  });
}
