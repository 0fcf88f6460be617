/** Licences that allow use, change and distribution without conditions on the code that uses them. */
const ALLOWED = new Set(["Apache-2.0", "MIT", "MIT-0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0"]);

/** Besides, in tools that only development uses and that nothing here changes or passes on. */
const ALLOWED_IN_DEVELOPMENT = new Set(["MPL-2.0", "Unlicense"]);

/** Of `A OR B` one is chosen. */
const choices = (license: string) => license.split(" OR ").map((one) => one.replace(/[()]/g, ""));

/** Whether code under this licence may be in what is passed on. */
export const isAllowedInProduct = (license: string): boolean => choices(license).some((one) => ALLOWED.has(one));

/** Whether a tool under this licence may be used to make it. */
export const isAllowedInDevelopment = (license: string): boolean =>
  choices(license).some((one) => ALLOWED.has(one) || ALLOWED_IN_DEVELOPMENT.has(one));
