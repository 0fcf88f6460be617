import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpApiModel } from "../assembly/model.ts";
import { functionHostOf } from "../functions/function-host.ts";
import { type Gateway, startGateway } from "../gateway/gateway.ts";
import type { RequestRecord } from "../gateway/request-record.ts";
import { documentFetcher } from "../http/fetch-document.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../issuer/embedded-issuer.ts";
import { keyClients } from "../keys/key-clients.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { API_NAMES, type ApiName } from "./case.ts";
import { conformanceApis } from "./conformance-assembly.ts";
import { httpSubject } from "./http-subject.ts";
import type { Subject } from "./run-case.ts";
import { AUDIENCES, ISSUER, type Signer } from "./token-recipe.ts";

/** The issuer whose tokens the table is made of. */
export const startConformanceIssuer = (given: {
  readonly issuer: string;
  readonly port: number;
  readonly nowSeconds: () => number;
  readonly areFaultsShown?: () => boolean;
}): Promise<EmbeddedIssuer> =>
  startEmbeddedIssuer({
    ...given,
    clients: AUDIENCES.map((clientId) => ({ clientId, clientSecret: "s", audience: [], scopes: [] })),
    isConformanceIssuer: true,
  });

export const signerOf = (issuer: EmbeddedIssuer): Signer => ({
  issuer: issuer.issuer,
  kid: issuer.kid,
  sign: (request) => issuer.signRaw(request),
});

/** The conformance APIs on our own gateways, with their issuer, at a clock that stands still. */
export interface OwnGateway {
  readonly subject: Subject;
  readonly signer: Signer;
  readonly issuer: EmbeddedIssuer;
  readonly apis: ReadonlyMap<ApiName, HttpApiModel>;
  /** The key client of an issuer, shared by all who ask for it. */
  readonly keysFor: (issuer: string) => FindKey;
  close(): Promise<void>;
}

/** Starts them on free ports of the loopback interface. */
export async function startOwnGateway(nowSeconds: number): Promise<OwnGateway> {
  const nowMs = () => nowSeconds * 1_000;
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-conformance-"));
  const apis = conformanceApis(directory, ISSUER);
  const issuer = await startConformanceIssuer({ issuer: ISSUER, port: 0, nowSeconds: () => nowSeconds });
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  // Every issuer of the table answers behind the embedded one's address.
  const keysOf = keyClients({ fetcherOf: () => (url) => fetchDocument(issuer.locate(url)), nowMs });
  const keysFor = (name: string) => keysOf(name).find;
  const records = new Map<string, RequestRecord>();
  const gateways = new Map<ApiName, Gateway>();
  for (const name of API_NAMES)
    gateways.set(
      name,
      await startGateway({
        api: modelOf(apis, name),
        port: 0,
        keysFor,
        functionHost: functionHostOf({ nowMs }),
        onRequest: (record) => void records.set(record.requestId, record),
      }),
    );
  const subject = httpSubject({
    name: "gateway",
    hasStillClock: true,
    origins: new Map([...gateways].map(([name, { url }]) => [name, url])),
    insightOf: (requestId) => {
      const record = records.get(requestId);
      const { decision } = record ?? {};
      return {
        rule: decision && !decision.allowed ? decision.rule : undefined,
        accessLogLine: record?.accessLogLine(),
      };
    },
  });
  return {
    subject,
    signer: signerOf(issuer),
    issuer,
    apis,
    keysFor,
    close: async () => {
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
      await issuer.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function modelOf(apis: ReadonlyMap<ApiName, HttpApiModel>, name: ApiName): HttpApiModel {
  const found = apis.get(name);
  if (!found) throw new Error(`there is no conformance API ${name}`);
  return found;
}
