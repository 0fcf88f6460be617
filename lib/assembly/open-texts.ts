/**
 * The texts in a resolved value that stand for what only a deployment knows: `{Table.StreamArn}` of `StackValues`, and
 * CloudFormation's own `{{resolve:…}}`. A path variable such as `{id}` that the template itself spells out is not one.
 * @param raw the value as the template has it
 * @param text the same, resolved
 */
export function openTexts(raw: unknown, text: string): readonly string[] {
  // Without its ${…}, which Fn::Sub resolves, what is left of the template's own words.
  const literal = (JSON.stringify(raw) ?? "").replace(/\$\{[^}]*\}/g, "");
  const found = text.match(/\{\{resolve:[^}]*\}\}|\{[^{}]*\}/g) ?? [];
  return [...new Set(found)].filter((one) => one.startsWith("{{") || !literal.includes(one));
}
