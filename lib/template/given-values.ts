/** What a person knows of a deployment and a template does not: `gatehouse.values.json`. */
export interface KnownValues {
  /** Parameters of Systems Manager, by their name. */
  readonly ssm?: Readonly<Record<string, string>> | undefined;
  /** Outputs of stacks outside of the assembly, by the name of their export. */
  readonly exports?: Readonly<Record<string, string>> | undefined;
  /** What `Fn::GetAtt` gives: `LogicalId.Attribute`, or `Stack/LogicalId.Attribute` for one stack only. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** Secrets of Secrets Manager, by name or ARN: the text, or the members of a JSON secret. */
  readonly secrets?: Readonly<Record<string, string | Readonly<Record<string, string>>>> | undefined;
  /** Variables of functions, by the function's logical id or name; they replace those of the template. */
  readonly functions?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** Where functions run that do not run here, by logical id or name: URLs of Lambda's Invoke API. */
  readonly invoke?: Readonly<Record<string, string>> | undefined;
}

/** Known values for one reading of an assembly; it remembers which of them were asked for. */
export class GivenValues {
  readonly #values: KnownValues;
  readonly #asked = new Set<string>();

  constructor(values: KnownValues = {}) {
    this.#values = values;
  }

  parameter(name: string): string | undefined {
    return this.#of("ssm", [name]);
  }

  export(name: string): string | undefined {
    return this.#of("exports", [name]);
  }

  /** @param name `LogicalId.Attribute` */
  attribute(stack: string, name: string): string | undefined {
    return this.#of("attributes", [`${stack}/${name}`, name]);
  }

  /** @param id a name or an ARN @param key the member of a JSON secret; empty for all of it */
  secret(id: string, key: string): string | undefined {
    const secrets = this.#values.secrets ?? {};
    const found = namesOfSecret(id).find((one) => Object.hasOwn(secrets, one));
    if (found === undefined) return undefined;
    const secret = secrets[found];
    const value = typeof secret === "object" ? (key === "" ? JSON.stringify(secret) : secret[key]) : secret;
    if (value !== undefined) this.#asked.add(`secrets.${found}`);
    return value;
  }

  /** @param names the logical id and the name of a function */
  variables(names: readonly string[]): Readonly<Record<string, string>> {
    const { functions = {} } = this.#values;
    const found = names.filter((one) => Object.hasOwn(functions, one));
    for (const one of found) this.#asked.add(`functions.${one}`);
    return Object.assign({}, ...found.map((one) => functions[one])) as Record<string, string>;
  }

  /** @param names the logical id and the name of a function @returns the URL, and the name by which it was given */
  invokeUrl(names: readonly string[]): { readonly name: string; readonly url: string } | undefined {
    const name = names.find((one) => Object.hasOwn(this.#values.invoke ?? {}, one));
    const url = this.#of("invoke", names);
    return name === undefined || url === undefined ? undefined : { name, url };
  }

  /** The entries that nothing has asked for, such as `ssm./auth/issuer`. */
  get unused(): readonly string[] {
    return Object.entries(this.#values)
      .flatMap(([kind, entries]) => Object.keys((entries ?? {}) as object).map((name) => `${kind}.${name}`))
      .filter((one) => !this.#asked.has(one));
  }

  #of(kind: "ssm" | "exports" | "attributes" | "invoke", names: readonly string[]): string | undefined {
    const entries = this.#values[kind] ?? {};
    const found = names.find((one) => Object.hasOwn(entries, one));
    if (found === undefined) return undefined;
    this.#asked.add(`${kind}.${found}`);
    return entries[found];
  }
}

/** A secret's ARN ends in its name and six characters that nobody chose. */
function namesOfSecret(id: string): readonly string[] {
  const [, name] = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(id) ?? [];
  return name === undefined ? [id] : [id, name.replace(/-[A-Za-z0-9]{6}$/, ""), name];
}
