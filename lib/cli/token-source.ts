import type { Io } from "./io.ts";

/** What a person gave as a token: the argument itself, or for `-` what stands on standard input, which no process list shows. */
export const readGivenToken = async (argument: string | undefined, io: Io): Promise<string | undefined> =>
  argument === "-" ? (await io.readStdin()).trim() : argument;
