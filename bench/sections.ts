import { claimsAsText } from "../lib/rules/claims-text.ts";
import type { VerifiedToken } from "../lib/rules/decision.ts";
import { SignatureMemory } from "../lib/rules/signature-memory.ts";
import { badTokens, nestedTokens } from "./bad-tokens.ts";
import { type Contender, fastJwtFixed, gatehouse, isAllowed, leastWork, others, rawVerify } from "./contenders.ts";
import { type Lane, type Measured, type Pace, race } from "./rounds.ts";
import { type Algorithm, AUDIENCE, type BenchKey, type BenchToken, makeKey, makeTokens } from "./tokens.ts";

// What is measured, a section each: its question, and the lanes that answer it.

export interface Section {
  readonly name: "distinct" | "repeated" | "algorithms" | "refusals" | "lists" | "size" | "claims-text";
  readonly title: string;
  /** What the ratio is of. */
  readonly baseline: string;
  /** Whether the ratio is told as a speed (of the baseline's rate) or as a cost (of the baseline's time). */
  readonly as: "rate" | "cost";
  readonly measured: readonly Measured[];
}

export interface Effort {
  /** Distinct tokens. */
  readonly tokens: number;
  readonly pace: Pace;
  readonly sections: readonly Section["name"][];
}

export const FULL: Effort = {
  tokens: 2_000,
  pace: { rounds: 100, slice: 100 },
  sections: ["distinct", "repeated", "algorithms", "refusals", "lists", "size", "claims-text"],
};
export const QUICK: Effort = {
  tokens: 600,
  pace: { rounds: 24, slice: 50 },
  sections: ["distinct", "repeated", "refusals", "lists", "size", "claims-text"],
};

/** Small enough that no token of a long list is still remembered when its turn comes again. */
const shortMemory = () => new SignatureMemory(100);

/** What all sections share: one key and its good tokens. */
export interface Stage {
  readonly effort: Effort;
  readonly key: BenchKey;
  readonly tokens: readonly BenchToken[];
}

export async function setStage(effort: Effort): Promise<Stage> {
  const key = await makeKey();
  return { effort, key, tokens: await makeTokens(effort.tokens, key) };
}

const SECTIONS: Readonly<Record<Section["name"], (stage: Stage) => Promise<Section>>> = {
  distinct,
  repeated,
  algorithms,
  refusals,
  lists,
  size,
  "claims-text": claimsText,
};

export async function measure(stage: Stage, onSection: (section: Section) => void): Promise<readonly Section[]> {
  const sections: Section[] = [];
  for (const name of stage.effort.sections) {
    const section = await SECTIONS[name](stage);
    onSection(section);
    sections.push(section);
  }
  return sections;
}

const plain = (tokens: readonly BenchToken[]) => tokens.map(({ text }) => Buffer.from(text));
const bearer = (tokens: readonly BenchToken[]) => tokens.map(({ text }) => Buffer.from(`Bearer ${text}`));

const rawLane = (key: BenchKey, tokens: readonly BenchToken[]): Lane => ({
  name: "crypto.verify by itself",
  texts: plain(tokens),
  expected: true,
  run: rawVerify(key, tokens),
});

const laneOf = (tokens: readonly BenchToken[], { name, accepts, atOnce }: Contender): Lane => ({
  name,
  texts: plain(tokens),
  expected: true,
  run: accepts,
  ...(atOnce === undefined ? {} : { atOnce }),
});

interface Asked extends NonNullable<Parameters<typeof gatehouse>[1]> {
  readonly name: string;
  readonly key: BenchKey;
  readonly texts: readonly Buffer[];
  readonly expected?: boolean;
}

function gatehouseLane({ name, key, texts, expected = true, ...options }: Asked): Lane {
  const decide = gatehouse(key, options);
  return { name, texts, expected, run: (credential) => isAllowed(decide(credential)) };
}

async function distinct({ key, tokens, effort }: Stage): Promise<Section> {
  const texts = bearer(tokens);
  const measured = await race(
    rawLane(key, tokens),
    [
      {
        name: "verify, and the claims parsed: the least there is to do",
        texts: plain(tokens),
        expected: true,
        run: leastWork(key),
      },
      gatehouseLane({
        name: "Gatehouse, as the gateway and the mirror run it",
        key,
        texts,
        memory: shortMemory(),
      }),
      gatehouseLane({ name: "Gatehouse without its memory", key, texts }),
      ...others(key).map((contender) => laneOf(tokens, contender)),
    ],
    effort.pace,
  );
  return {
    name: "distinct",
    title: `${tokens.length} distinct RS256 tokens, 2,048 bits`,
    baseline: "crypto.verify",
    as: "rate",
    measured,
  };
}

async function repeated({ key, tokens, effort }: Stage): Promise<Section> {
  const again = tokens.slice(0, 200);
  const texts = bearer(again);
  const scoped = await makeTokens(200, key, { claims: { scope: "orders:read" } });
  const measured = await race(
    rawLane(key, again),
    [
      gatehouseLane({ name: "Gatehouse", key, texts, memory: new SignatureMemory() }),
      laneOf(again, fastJwtFixed(key, { cache: true })),
      gatehouseLane({
        name: "Gatehouse, refused for the route's scope",
        key,
        texts: bearer(scoped),
        expected: false,
        scopes: ["orders:write"],
        memory: new SignatureMemory(),
      }),
    ],
    effort.pace,
  );
  return {
    name: "repeated",
    title: "200 tokens again and again, each time a new string",
    baseline: "crypto.verify",
    as: "rate",
    measured,
  };
}

const KINDS: readonly (readonly [Algorithm, bits: number])[] = [
  ["RS256", 2_048],
  ["RS384", 2_048],
  ["RS512", 2_048],
  ["RS256", 3_072],
  ["RS256", 4_096],
];

/** Each against `crypto.verify` with the same key and digest. */
async function algorithms({ effort }: Stage): Promise<Section> {
  const measured: Measured[] = [];
  for (const [algorithm, bits] of KINDS) {
    const key = await makeKey(algorithm, bits);
    const tokens = await makeTokens(Math.min(effort.tokens, 500), key);
    const name = `${algorithm}, ${bits.toLocaleString("en")} bits`;
    const lane = gatehouseLane({ name, key, texts: bearer(tokens), memory: shortMemory() });
    const [, ours] = await race(rawLane(key, tokens), [lane], effort.pace);
    if (ours) measured.push(ours);
  }
  return {
    name: "algorithms",
    title: "Algorithms and key sizes",
    baseline: "crypto.verify with the same key",
    as: "rate",
    measured,
  };
}

/** A refusal as a cost: what one takes, of what it takes to accept a good token. */
async function refusals({ key, tokens, effort }: Stage): Promise<Section> {
  const bad = await badTokens(key, tokens, Math.min(effort.tokens, 500));
  const refused = Object.entries(bad).map(([name, texts]) =>
    gatehouseLane({
      name,
      key,
      texts: texts.map((text) => Buffer.from(`Bearer ${text}`)),
      expected: false,
      memory: shortMemory(),
    }),
  );
  const noScope = gatehouseLane({
    name: "without the route's scope",
    key,
    texts: bearer(tokens),
    expected: false,
    scopes: ["orders:delete"],
    memory: shortMemory(),
  });
  const measured = await race(
    gatehouseLane({ name: "accepted", key, texts: bearer(tokens), memory: shortMemory() }),
    [...refused, noScope, gatehouseLane({ name: "no token", key, texts: [Buffer.from("")], expected: false })],
    { ...effort.pace, rounds: Math.ceil(effort.pace.rounds / 2) },
  );
  const nested = await nestedTokens(key, 50);
  const nestedLane = (name: string, texts: readonly string[], expected: boolean) =>
    gatehouseLane({
      name,
      key,
      texts: texts.map((text) => Buffer.from(`Bearer ${text}`)),
      expected,
      memory: new SignatureMemory(10),
    });
  const [, cut] = await race(
    nestedLane("accepted", nested.whole, true),
    [nestedLane("a claim nested 1,500 deep, cut off, of accepting it whole", nested.cut, false)],
    { ...effort.pace, rounds: Math.ceil(effort.pace.rounds / 4) },
  );
  return {
    name: "refusals",
    title: "Refusals",
    baseline: "accepting",
    as: "cost",
    measured: cut === undefined ? measured : [...measured, cut],
  };
}

/** The audience or the scope that fits is the last one on both sides: as slow as a good token can be. */
async function lists({ key, tokens, effort }: Stage): Promise<Section> {
  const lanes: Lane[] = [];
  for (const count of [1, 10, 50]) {
    const numbered = (name: string) =>
      Array.from({ length: count - 1 }, (_, at) => `${name}${String(at).padStart(4, "0")}`);
    const many = await makeTokens(Math.min(effort.tokens, 500), key, {
      claims: {
        aud: [...numbered("tokenAudience000"), AUDIENCE],
        scope: [...numbered("orders:item"), "orders:read"].join(" "),
      },
    });
    lanes.push(
      gatehouseLane({
        name: `${count} ${count === 1 ? "audience and 1 scope" : "audiences and scopes"}, in the token and asked for`,
        key,
        texts: bearer(many),
        audience: [...numbered("otherAudience000"), AUDIENCE],
        scopes: [...numbered("orders:else"), "orders:read"],
        memory: shortMemory(),
      }),
    );
  }
  const measured = await race(rawLane(key, tokens), lanes, effort.pace);
  return {
    name: "lists",
    title: "Audiences and scopes",
    baseline: "crypto.verify (of a token with one audience)",
    as: "rate",
    measured,
  };
}

/** Growth with the token: API Gateway takes 10,240 bytes of headers. Each against `crypto.verify` of the same token. */
async function size({ key, tokens, effort }: Stage): Promise<Section> {
  const measured: Measured[] = [];
  const smallest = tokens[0]?.text.length ?? 0;
  for (const bytes of [smallest, 2_000, 4_000, 8_000, 10_000]) {
    // 13 bytes of JSON a group, 4 characters for 3 bytes.
    const count = Math.floor(((bytes - smallest) * 3) / 4 / 13);
    const groups = Array.from({ length: count }, (_, at) => `group${String(at).padStart(5, "0")}`);
    const large = await makeTokens(Math.min(effort.tokens, 500), key, count > 0 ? { claims: { groups } } : {});
    const name = `${((large[0]?.text.length ?? 0) / 1_000).toFixed(1)} kB`;
    const lane = gatehouseLane({ name, key, texts: bearer(large), memory: shortMemory() });
    const [, ours] = await race(rawLane(key, large), [lane], effort.pace);
    if (ours) measured.push(ours);
  }
  return {
    name: "size",
    title: "Size of the token",
    baseline: "crypto.verify of the same token",
    as: "rate",
    measured,
  };
}

/** The claims as the integration sees them, which are written only for a request that is allowed. */
async function claimsText({ key, tokens, effort }: Stage): Promise<Section> {
  const decide = gatehouse(key);
  const verified: VerifiedToken[] = [];
  for (const { text } of tokens) {
    const decision = await decide(text);
    if (decision.allowed) verified.push(decision.token);
  }
  const lane: Lane = {
    name: "claims as text",
    texts: plain(tokens),
    expected: true,
    run: (_, index) => {
      const token = verified[index];
      return token !== undefined && claimsAsText(token).iss !== undefined;
    },
  };
  const accepted = gatehouseLane({
    name: "a decision",
    key,
    texts: bearer(tokens),
    memory: shortMemory(),
  });
  const measured = await race(accepted, [lane], effort.pace);
  return {
    name: "claims-text",
    title: "The claims as text for the integration",
    baseline: "a decision",
    as: "cost",
    measured,
  };
}
