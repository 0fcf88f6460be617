import { randomFillSync } from "node:crypto";

const ID_BYTES = 11;
const randomPool = Buffer.alloc(ID_BYTES * 512);
let randomAt = randomPool.length;

/** Makes a request id: base64 of 11 bytes, as `apigw-requestid` looks (2.1.8, OBS+). */
export function newRequestId(): string {
  if (randomAt === randomPool.length) {
    randomFillSync(randomPool);
    randomAt = 0;
  }
  randomAt += ID_BYTES;
  return randomPool.toString("base64", randomAt - ID_BYTES, randomAt);
}
