/** How sure we are that AWS does the same, from the surest to what is our own choice. */
export const CONFIDENCES = ["DOC", "OBS+", "OBS1", "INF", "UNK"] as const;

/**
 * `DOC` documented by AWS, `OBS+` observed by two or more independent parties, `OBS1` observed once, `INF` inferred,
 * `UNK` not known: the project's own choice, which is to refuse.
 */
export type Confidence = (typeof CONFIDENCES)[number];

/** The less sure of two: a conclusion is as sure as the least sure of its reasons. */
export const lessSure = (one: Confidence, other: Confidence): Confidence =>
  CONFIDENCES.indexOf(one) >= CONFIDENCES.indexOf(other) ? one : other;
