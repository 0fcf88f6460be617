import { createRequire } from "node:module";
import type { CliCommand, CommandEntry } from "../lib/cli/command.ts";
import { processIo } from "../lib/cli/io.ts";
import { main } from "../lib/cli/main.ts";

// A command's module is loaded when the command is called, so that --help answers at once.
const require = createRequire(import.meta.url);
const load = <Name extends string>(file: string, name: Name) =>
  (require(`../lib/cli/${file}.ts`) as Record<Name, CliCommand>)[name];

const COMMANDS: readonly CommandEntry[] = [
  { name: "local", about: "run the deployed template on this machine", load: () => load("local", "local") },
  { name: "demo", about: "walk the article's four steps and check each answer", load: () => load("demo", "demo") },
  { name: "token", about: "print a token of the running issuer, good or flawed", load: () => load("token", "token") },
  {
    name: "explain",
    about: "say which rule accepts or refuses a token, and why",
    load: () => load("explain", "explain"),
  },
  {
    name: "doctor",
    about: "say whether API Gateway can use an issuer, and what to change",
    load: () => load("doctor", "doctor"),
  },
  {
    name: "smoke",
    about: "ask a deployed API with good and bad tokens, and say what its authorizer does",
    load: () => load("smoke", "smoke"),
  },
  {
    name: "conformance",
    about: "ask a gateway every fact that is known of API Gateway, and say what differs",
    load: () => load("conformance", "conformance"),
  },
  { name: "mirror", about: "ask the bundled mirror Lambda as API Gateway would", load: () => load("mirror", "mirror") },
];

const io = processIo();
void main(process.argv.slice(2), COMMANDS, io).then((exitCode) => {
  process.exitCode = exitCode;
});
