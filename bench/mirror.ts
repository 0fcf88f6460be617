import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { discoveryUrlOf } from "../lib/keys/discovery.ts";
import { type Spread, spreadOf } from "./rounds.ts";
import type { Stage } from "./sections.ts";
import { AUDIENCE, ISSUER, JWKS_URI } from "./tokens.ts";

export interface MirrorFigures {
  readonly bundleBytes: number;
  /** Reading and running the bundle, in a process that has done nothing else. */
  readonly loadMs: Spread;
  /** The first decision after that: key documents at hand, key read, signature checked. */
  readonly firstDecisionMs: Spread;
}

/** The bundle that `npm run bench` makes first, in fresh processes. */
export async function measureMirror(
  { key, tokens }: Stage,
  projectDirectory: string,
  runs: number,
): Promise<MirrorFigures> {
  const bundle = join(projectDirectory, "dist", "bench", "mirror.cjs");
  const found: Awaited<ReturnType<typeof decideOnce>>[] = [];
  for (let run = 0; run < runs; run += 1)
    found.push(
      await decideOnce(join(projectDirectory, "bench", "first-decision.mjs"), {
        bundle,
        settings: { issuer: ISSUER, audience: [AUDIENCE], routeScopes: [["GET /me", []]] },
        documents: {
          [discoveryUrlOf(ISSUER)]: JSON.stringify({ issuer: ISSUER, jwks_uri: JWKS_URI }),
          [JWKS_URI]: key.jwks,
        },
        event: { routeKey: "GET /me", identitySource: [`Bearer ${tokens[run % tokens.length]?.text ?? ""}`] },
      }),
    );
  return {
    bundleBytes: statSync(bundle).size,
    loadMs: spreadOf(found.map(({ loadMs }) => loadMs)),
    firstDecisionMs: spreadOf(found.map(({ firstDecisionMs }) => firstDecisionMs)),
  };
}

const decideOnce = (script: string, input: object) =>
  new Promise<{ loadMs: number; firstDecisionMs: number }>((resolve, reject) => {
    const child = execFile(process.execPath, [script], (error, stdout) => {
      const answer = error
        ? undefined
        : (JSON.parse(stdout) as { isAuthorized: boolean; loadMs: number; firstDecisionMs: number });
      if (answer?.isAuthorized) resolve(answer);
      else reject(new Error("the mirror's bundle did not allow a good token", { cause: error }));
    });
    child.stdin?.end(JSON.stringify(input));
  });
