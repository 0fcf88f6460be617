import type { DoctorOptions, DoctorReport, DoctorWorld } from "../../lib/doctor/doctor.ts";
import { runDoctor } from "../../lib/doctor/doctor.ts";
import { handshaker, type Roots } from "../../lib/doctor/handshake.ts";
import { documentReader } from "../../lib/http/fetch-document.ts";
import type { TestAuthority, TestCertificate } from "../keys/certificates.ts";
import { discoveryOf, type FaultIssuer, json, startFaultIssuer } from "../keys/fault-issuer.ts";
import { rsaPair } from "../keys/jwks.ts";

type Read = ReturnType<typeof documentReader>;

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
  /** The document that is waited for 600 ms only: a good one must not fail for a busy machine. */
  readonly impatientWith?: "discovery" | "jwks";
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
      const [hasty, calm] = [600, 10_000].map((deadlineMs) => documentReader({ ca, deadlineMs })) as [Read, Read];
      return (url) => {
        const document = url.endsWith("/openid-configuration") ? "discovery" : "jwks";
        const read = document === options.impatientWith ? hasty : calm;
        return read(url.replace("https://id.example.com", `https://localhost:${issuer.port}`));
      };
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
export const rowsOf = ({ results }: DoctorReport, check: string) => results.filter((row) => row.code === check);

/** `check: level` of every row that did not pass, for comparison at a glance. */
export const troubles = ({ results }: DoctorReport) =>
  results.filter(({ level }) => level === "warn" || level === "fail").map(({ code, level }) => `${code}: ${level}`);
