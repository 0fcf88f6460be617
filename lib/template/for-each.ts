import { isJson, type Json } from "../json/json.ts";

const LOOP = "Fn::ForEach::";

/** What a loop is read with. */
export interface LoopReading {
  /** Resolves a loop's collection. */
  readonly resolve: (collection: unknown) => unknown;
  /** Counts what a loop makes, so that loops in loops end. @throws Mistake `template-too-large` */
  readonly made: (text: string) => string;
}

/**
 * A section of a template with the loops of `AWS::LanguageExtensions` written out: `"Fn::ForEach::Name": [identifier,
 * collection, fragment]`, where `${identifier}` and `&{identifier}` in the fragment stand for an item (CloudFormation user
 * guide, Fn::ForEach, DOC). A loop whose form is another one stays as it is.
 */
export function withLoops(section: Json, reading: LoopReading): Json {
  if (!Object.keys(section).some((key) => key.startsWith(LOOP))) return section;
  return Object.fromEntries(
    Object.entries(section).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
      const loop = key.startsWith(LOOP) ? readLoop(value, reading) : undefined;
      if (!loop) return [[key, value]];
      const { identifier, items, fragment } = loop;
      return items.flatMap((item) => {
        const one = withItem(fragment, identifier, item);
        reading.made(JSON.stringify(one));
        return Object.entries(withLoops(isJson(one) ? one : {}, reading));
      });
    }),
  );
}

function readLoop(value: unknown, { resolve }: LoopReading) {
  if (!Array.isArray(value)) return undefined;
  const [identifier, collection, fragment] = value as readonly unknown[];
  const items = resolve(collection);
  if (typeof identifier !== "string" || !Array.isArray(items) || !isJson(fragment)) return undefined;
  return { identifier, items: items.map(String), fragment };
}

function withItem(value: unknown, identifier: string, item: string): unknown {
  if (typeof value === "string")
    return value
      .replaceAll(`\${${identifier}}`, item)
      .replaceAll(`&{${identifier}}`, item.replace(/[^A-Za-z0-9]/g, ""));
  if (Array.isArray(value)) return value.map((one) => withItem(one, identifier, item));
  if (!isJson(value)) return value;
  if (value.Ref === identifier) return item;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      String(withItem(key, identifier, item)),
      withItem(one, identifier, item),
    ]),
  );
}
