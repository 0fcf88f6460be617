/**
 * Compares an ARN with a pattern as IAM's condition operator `ArnLike` does: each of the six parts between colons on its
 * own, `*` for any text and `?` for one character. `*` crosses slashes, and no colon before the sixth part.
 * Source: IAM user guide, reference_policies_elements_condition_operators (DOC).
 */
export function arnLike(pattern: string, arn: string): boolean {
  const patterns = arnParts(pattern);
  const parts = arnParts(arn);
  return patterns.length === ARN_PARTS && parts.every((part, index) => isLike(patterns[index] ?? "", part));
}

/** The six parts of an ARN; fewer of a text that is not one. Colons in the sixth part stay. */
export function arnParts(text: string): readonly string[] {
  const all = text.split(":");
  return all.length <= ARN_PARTS ? all : [...all.slice(0, ARN_PARTS - 1), all.slice(ARN_PARTS - 1).join(":")];
}

const ARN_PARTS = 6;

/** Compares a text with a pattern of `*` and `?`, in time that grows with the product of their lengths at most. */
export function isLike(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  /** Where the last star stands, and how much of the text it has taken. */
  let star = -1;
  let taken = 0;
  while (read < text.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at;
      taken = read;
      at += 1;
    } else if (wanted === "?" || (wanted !== undefined && wanted === text[read])) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      at = star + 1;
      taken += 1;
      read = taken;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/** The partition of a region, as its ARNs begin. */
export const partitionOf = (region: string): string =>
  region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
