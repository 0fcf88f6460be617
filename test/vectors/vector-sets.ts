import { authorize } from "../../lib/rules/authorize.ts";
import { readKeySet } from "../../lib/rules/key-set.ts";
import { primitiveVerdict, signatureVerdict } from "./signature-layer.ts";
import {
  type Jwk,
  type JwsFile,
  type JwtFile,
  type RfcFile,
  type RsaFile,
  readVectors,
  type Verdict,
} from "./vector-folder.ts";

/** One vector, what it asks for and what the rules said. `wanted` is undefined where both verdicts are right. */
export interface VectorOutcome {
  readonly id: string;
  readonly comment: string;
  readonly wanted: Verdict | undefined;
  readonly got: Verdict;
}

export interface VectorSet {
  readonly name: string;
  readonly outcomes: readonly VectorOutcome[];
}

/** Runs every set of the folder. */
export const runVectorSets = (folder: string): readonly VectorSet[] => [
  jwsSet(folder, "json_web_signature_test"),
  jwsSet(folder, "json_web_key_test"),
  jwtSet(folder),
  rsaSet(folder, "rsa_signature_2048_sha256_test"),
  rsaSet(folder, "rsa_signature_3072_sha384_test"),
  rsaSet(folder, "rsa_signature_4096_sha512_test"),
  ...["rfc7515_a2", "rfc7520_4_1", "rfc7520_4_2"].map((name) => rfcSet(folder, name)),
];

function jwsSet(folder: string, name: string): VectorSet {
  const { testGroups } = readVectors<JwsFile>(folder, `wycheproof/${name}.json`, "testGroups");
  const outcomes = testGroups.flatMap(({ jwks, tests }) =>
    tests.map(({ tcId, comment, jws, mirror }) => ({
      id: `${name} ${tcId}`,
      comment,
      wanted: mirror,
      got: signatureVerdict(jws, jwks.keys),
    })),
  );
  return { name, outcomes };
}

function jwtSet(folder: string): VectorSet {
  const name = "rs256-as-jwt";
  const file = readVectors<JwtFile>(folder, `wycheproof/${name}.json`, "tests");
  const outcomes = file.tests.map(({ tcId, comment, jwt, mirror }) => ({
    id: `${name} ${tcId}`,
    comment,
    wanted: mirror,
    got: tokenVerdict(jwt, file.jwks.keys, file),
  }));
  return { name, outcomes };
}

const ALGORITHM = { "SHA-256": "RS256", "SHA-384": "RS384", "SHA-512": "RS512" } as const;
const WANTED = { valid: "accept", invalid: "reject", acceptable: undefined } as const;

function rsaSet(folder: string, name: string): VectorSet {
  const { testGroups } = readVectors<RsaFile>(folder, `wycheproof/${name}.json`, "testGroups");
  const outcomes = testGroups.flatMap(({ sha, jwk, tests }) =>
    tests.map(({ tcId, comment, msg, sig, result }) => ({
      id: `${name} ${tcId}`,
      comment,
      wanted: WANTED[result],
      got: primitiveVerdict(Buffer.from(msg, "hex"), Buffer.from(sig, "hex"), ALGORITHM[sha], jwk),
    })),
  );
  return { name, outcomes };
}

/** Twice: the signature only, then the token whole before an authorizer to whom its issuer and time mean nothing. */
function rfcSet(folder: string, name: string): VectorSet {
  const { jwk, jws, mirror } = readVectors<RfcFile>(folder, `rfc/${name}.json`, "jws");
  const [header = "", payload = "", signature = ""] = jws.split(".");
  const { alg = "" } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg?: string };
  const signed = Buffer.from(`${header}.${payload}`);
  const only = alg.startsWith("RS")
    ? primitiveVerdict(signed, Buffer.from(signature, "base64url"), alg, jwk)
    : signatureVerdict(jws, [jwk]);
  const configuration = { now: 0, issuer: "joe", audience: ["any"] };
  return {
    name,
    outcomes: [
      { id: `${name} signature`, comment: mirror.why, wanted: mirror.signature, got: only },
      { id: `${name} token`, comment: mirror.why, wanted: mirror.token, got: tokenVerdict(jws, [jwk], configuration) },
    ],
  };
}

function tokenVerdict(
  jwt: string,
  keys: readonly Jwk[],
  { now, ...configuration }: Pick<JwtFile, "now" | "issuer" | "audience">,
): Verdict {
  const set = readKeySet(JSON.stringify({ keys }));
  const decision = authorize(
    { credential: `Bearer ${jwt}`, configuration, scopes: [] },
    (kid) => set?.byKid.get(kid) ?? { kind: "unknown", kids: [] },
    now,
  );
  if (decision instanceof Promise) throw new Error("a key that is at hand was waited for");
  return decision.allowed ? "accept" : "reject";
}
