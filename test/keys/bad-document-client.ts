// oxlint-disable no-await-in-loop -- one body after another
import { documentFetcher } from "../../lib/http/fetch-document.ts";
import { outcomeOf } from "./outcome.ts";

// A process of its own that fetches bad documents and prints where each broke off and by how much its memory grew at
// the worst moment: `bad-document-client.ts <CA as PEM> <URL of a good document> <URL of a bad one>…`
const [ca = "", good = "", ...bad] = process.argv.slice(2);
const fetchDocument = documentFetcher({ ca });

/** Every path warm, so that what grows afterwards is the bad ones. */
for (let round = 0; round < 20; round += 1) await fetchDocument(good);
const peakKiB = process.resourceUsage().maxRSS;
const heapBytes = process.memoryUsage().heapUsed;

const stages: (string | undefined)[] = [];
for (const url of bad) {
  const { fault } = await outcomeOf(fetchDocument(url));
  stages.push(fault?.stage);
}
const grownMiB = (process.resourceUsage().maxRSS - peakKiB) / 1_024;
const heapMiB = (process.memoryUsage().heapUsed - heapBytes) / 2 ** 20;
process.stdout.write(JSON.stringify({ stages, grownMiB, heapMiB }));
