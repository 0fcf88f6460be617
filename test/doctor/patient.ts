import type { DoctorOptions, DoctorReport, DoctorWorld } from "../../lib/doctor/doctor.ts";
import { runDoctor } from "../../lib/doctor/doctor.ts";
import { handshaker, type Roots } from "../../lib/doctor/handshake.ts";
import { documentReader } from "../../lib/keys/fetch-document.ts";
import type { TestAuthority, TestCertificate } from "../keys/certificates.ts";
import { discoveryOf, type FaultIssuer, json, startFaultIssuer } from "../keys/fault-issuer.ts";
import { rsaPair } from "../keys/jwks.ts";

/** What the patient claims to be. The test's own authority stands for the public ones. */
export const ISSUER = "https://id.example.com/oauth2/token";
export const HOST = "id.example.com";

export const PAIR = rsaPair("kid-1");

/** A fault issuer that answers for `ISSUER`, and the way to it. */
export interface Patient {
  readonly issuer: FaultIssuer;
  readonly world: DoctorWorld;
  readonly examine: (options?: Partial<DoctorOptions>) => Promise<DoctorReport>;
}

export interface PatientOptions {
  readonly certificate?: TestCertificate;
  readonly roots?: Roots;
  readonly deadlineMs?: number;
  readonly world?: Partial<DoctorWorld>;
}

export async function startPatient(authority: TestAuthority, options: PatientOptions = {}): Promise<Patient> {
  const certificate = options.certificate ?? (await authority.issue({ names: [HOST, "localhost"] }));
  const issuer = await startFaultIssuer(certificate);
  issuer.discovery = json(discoveryOf(ISSUER));
  issuer.jwks = json({ keys: [PAIR.jwk] });
  const shake = handshaker({ public: [authority.ca], ...options.roots });
  const world: DoctorWorld = {
    lookup: async () => ["93.184.216.34"],
    shakeHands: (_host, _port, trust) => shake("localhost", issuer.port, trust),
    readerTrusting: (ca = authority.ca) => {
      const read = documentReader({ ca, deadlineMs: options.deadlineMs ?? 1_500 });
      return (url) => read(url.replace("https://id.example.com", `https://localhost:${issuer.port}`));
    },
    nowMs: Date.now,
    ...options.world,
  };
  return {
    issuer,
    world,
    examine: (more = {}) => runDoctor({ issuer: ISSUER, audience: [], world, ...more }),
  };
}

/** The rows of one check. */
export const rowsOf = ({ results }: DoctorReport, check: string) => results.filter((row) => row.check === check);

/** `check: level` of every row that did not pass, for comparison at a glance. */
export const troubles = ({ results }: DoctorReport) =>
  results.filter(({ level }) => level === "warn" || level === "fail").map(({ check, level }) => `${check}: ${level}`);
