import { finding } from "../findings/finding.ts";
import type { Unserved } from "./model.ts";

/** Names something that is deployed and not served here. @param about what keeps it from being served, and what to do */
export const asUnserved = (
  name: string,
  type: string,
  { what, fix }: { readonly what: string; readonly fix: string },
): Unserved => ({ name, type, ...finding("not-served", "warn", what, { fix }) });
