import type { ClientRequest } from "node:http";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import type { IssuerStage } from "../rules/key-answer.ts";

/** How far a request got: `timeout` stands for connected and waiting. */
export interface Progress {
  stage: IssuerStage;
}

/** Where a request to this URL begins: an address needs no look-up. */
export const progressTo = ({ hostname }: URL): Progress => ({
  stage: isIP(hostname.replace(/^\[|\]$/g, "")) === 0 ? "dns" : "connect",
});

/** Notes how far a request got, so that an error or a deadline can name its stage. */
export function follow(request: ClientRequest, progress: Progress): void {
  request.on("socket", (socket) => {
    socket.on("lookup", (error) => {
      if (!error) progress.stage = "connect";
    });
    socket.on("connect", () => {
      progress.stage = (socket as TLSSocket).encrypted ? "tls" : "timeout";
    });
    socket.on("secureConnect", () => {
      progress.stage = "timeout";
    });
  });
}
