import type { Answered, Unanswered } from "../http/exchange.ts";
import { type Json, parseJson } from "../json/json.ts";
import { type IssuerWorld, placed } from "./grants.ts";
import type { IssuerPlaces } from "./token-endpoint.ts";
import {
  type Client,
  type Grant,
  type GrantToken,
  postForm,
  readGrant,
  refusedBy,
  scopeField,
} from "./token-request.ts";

/** What a person does: opens the address and types the code. */
export interface DevicePrompt {
  readonly verificationUri: string;
  readonly userCode: string;
  /** Of the code. */
  readonly expiresInSeconds: number;
}

export interface DeviceWorld extends IssuerWorld {
  readonly nowMs: () => number;
  /** Resolves after the time, or as soon as the signal fires. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the wait for the person. */
  readonly stopped: AbortSignal;
  readonly onPrompt: (prompt: DevicePrompt) => void;
}

/** The grant's name (RFC 8628 section 3.4), which an application must be allowed. */
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** RFC 8628 section 3.2: what counts where the answer names no interval; section 3.5: what `slow_down` adds. */
const INTERVAL_SECONDS = 5;
const SLOWER_BY_SECONDS = 5;
/** What an issuer may ask for at most. */
const LONGEST_INTERVAL_SECONDS = 60;
const LONGEST_SECONDS = 30 * 60;
const LONGEST_CODE = 100;
/** Answers in a row that may be lost while a person signs in. */
const MOST_LOST = 3;

/** Gets tokens by the device authorization grant (RFC 8628): a person signs in at any browser while this waits. */
export const deviceGranter = (issuer: string, client: Client, world: DeviceWorld): GrantToken =>
  placed(issuer, world, (places, scopes) => waitForPerson(places, client, scopes, world));

async function waitForPerson(
  { deviceAuthorizationEndpoint, tokenEndpoint }: IssuerPlaces,
  client: Client,
  scopes: readonly string[],
  { ask, nowMs, wait, stopped, onPrompt }: DeviceWorld,
): Promise<Grant> {
  if (deviceAuthorizationEndpoint === undefined)
    return {
      kind: "unanswered",
      stage: "parse",
      detail: "the discovery document names no device_authorization_endpoint",
    };
  const asked = readDeviceCode(await postForm(deviceAuthorizationEndpoint, client, scopeField(scopes), ask), client);
  if (!("deviceCode" in asked)) return asked;
  const { deviceCode, prompt } = asked;
  onPrompt(prompt);
  const endMs = nowMs() + prompt.expiresInSeconds * 1_000;
  const form = { grant_type: DEVICE_GRANT, device_code: deviceCode };
  let { intervalSeconds } = asked;
  for (let lost = 0; ; ) {
    await wait(intervalSeconds * 1_000, stopped);
    if (stopped.aborted) return { kind: "unanswered", stage: "timeout", detail: "stopped before the person signed in" };
    if (nowMs() > endMs)
      return { kind: "unanswered", stage: "timeout", detail: "the code expired before the person signed in" };
    const grant = readGrant(await postForm(tokenEndpoint, client, form, ask), [client.clientSecret, deviceCode]);
    // A lost answer refuses nothing: the next one may come (section 3.5).
    lost = grant.kind === "unanswered" ? lost + 1 : 0;
    if (grant.kind === "refused" && grant.error === "slow_down") intervalSeconds += SLOWER_BY_SECONDS;
    else if (grant.kind === "unanswered" ? lost >= MOST_LOST : !isPending(grant)) return grant;
  }
}

const isPending = (grant: Grant) => grant.kind === "refused" && grant.error === "authorization_pending";

interface DeviceCode {
  readonly deviceCode: string;
  readonly intervalSeconds: number;
  readonly prompt: DevicePrompt;
}

/** RFC 8628 section 3.2. */
function readDeviceCode(
  answer: Answered | Unanswered,
  { clientSecret }: Client,
): DeviceCode | Exclude<Grant, { readonly kind: "granted" }> {
  if (answer.kind === "unanswered") return answer;
  const members: Json = parseJson(answer.body) ?? {};
  const { device_code: deviceCode, user_code: userCode, verification_uri: verificationUri } = members;
  if (answer.status !== 200 || !isText(deviceCode) || !isCode(userCode) || !isAddress(verificationUri))
    return refusedBy(
      answer.status,
      members,
      [clientSecret],
      "no device_code, user_code and verification_uri in the answer",
    );
  return {
    deviceCode,
    intervalSeconds: bounded(members.interval, INTERVAL_SECONDS, LONGEST_INTERVAL_SECONDS),
    prompt: {
      verificationUri,
      userCode,
      expiresInSeconds: bounded(members.expires_in, LONGEST_SECONDS, LONGEST_SECONDS),
    },
  };
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isCode = (value: unknown): value is string => isText(value) && value.length <= LONGEST_CODE;
const isAddress = (value: unknown): value is string =>
  isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
const bounded = (value: unknown, otherwise: number, most: number) =>
  typeof value === "number" && value > 0 ? Math.min(value, most) : otherwise;
