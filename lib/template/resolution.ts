import { Mistake } from "../findings/mistake.ts";

/** Deeper than any template that CloudFormation takes nests its intrinsic functions. */
const DEEPEST = 100;
/** Values that one assembly may ask for. A template of 500 resources asks for some thousands. */
const MOST_STEPS = 2_000_000;
/** Characters that all joined and substituted texts may have together: a template has 1,000,000 at most. */
const MOST_CHARACTERS = 20_000_000;

/** The bounds of one assembly's intrinsic functions: no circle, no depth and no size without end. */
export class Resolution {
  readonly #open: string[] = [];
  #depth = 0;
  #steps = 0;
  #characters = 0;

  /**
   * Resolves what a name stands for.
   * @param place the stack and the name, such as `Orders: Fn.Arn`
   * @throws Mistake `template-circular` where the name is being resolved already
   */
  of<T>(place: string, resolve: () => T): T {
    if (this.#open.includes(place)) throw circular([...this.#open.slice(this.#open.indexOf(place)), place]);
    this.#open.push(place);
    try {
      return this.deeper(resolve);
    } finally {
      this.#open.pop();
    }
  }

  /** One level deeper. @throws Mistake `template-too-large` */
  deeper<T>(resolve: () => T): T {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) throw tooLarge(`more than ${MOST_STEPS} values`, this.#open);
    if (this.#depth === DEEPEST) throw tooLarge(`values nested more than ${DEEPEST} deep`, this.#open);
    this.#depth += 1;
    try {
      return resolve();
    } finally {
      this.#depth -= 1;
    }
  }

  /** A text that a function put together. @throws Mistake `template-too-large` */
  made(text: string): string {
    this.#characters += text.length;
    if (this.#characters > MOST_CHARACTERS)
      throw tooLarge(`texts of more than ${MOST_CHARACTERS} characters`, this.#open);
    return text;
  }
}

const MOST_SHOWN = 8;

const shown = (places: readonly string[]) =>
  places.length <= MOST_SHOWN ? places.join(" → ") : `${places.slice(0, MOST_SHOWN).join(" → ")} → …`;

const circular = (places: readonly string[]) =>
  new Mistake("template-circular", {
    what: "a value of the template leads back to itself",
    got: shown(places),
    expected: "references without a circle, as CloudFormation demands",
    fix: "break the circle in the app, then synthesise it again",
  });

const tooLarge = (got: string, open: readonly string[]) =>
  new Mistake("template-too-large", {
    what: "the template's functions make more than any deployment could take",
    got: open.length === 0 ? got : `${got}, at ${shown(open)}`,
    expected: "a template that CloudFormation takes: 1,000,000 bytes and values of a few levels",
    fix: "look for a value that is repeated inside itself, then synthesise the app again",
  });
