import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { askPerson } from "../../lib/cli/prompt.ts";

/** A terminal at which a person types when asked; what it shows is read at the end. */
function terminal() {
  const stdin = new PassThrough();
  const stderr = new PassThrough({ encoding: "utf8" });
  const stop = new AbortController();
  return {
    stop,
    ask: (question: string, isSecret: boolean, typed: string) => {
      const answer = askPerson({ stdin, stderr }, question, isSecret, stop);
      stdin.write(typed);
      return answer;
    },
    shown: () => String(stderr.read()),
  };
}

test("shows what is typed, but no secret, however many questions came before", async () => {
  const { ask, shown, stop } = terminal();
  const answers = [
    await ask("Client id: ", false, "web\r"),
    await ask("Client secret: ", true, "s3cret\r"),
    await ask("User name: ", false, "alice\r"),
    await ask("Password: ", true, "wonder\r"),
  ];
  expect(answers).toEqual(["web", "s3cret", "alice", "wonder"]);
  // Without what moves the cursor. Nothing is left of the secrets.
  const text = stripVTControlCharacters(shown()).replaceAll("\r", "");
  expect(text).toBe("Client id: web\nClient secret: \nUser name: alice\nPassword: \n");
  expect(stop.signal.aborted).toBe(false);
});

test.for([
  ["Ctrl-C", "\u0003"],
  ["the end of the input", "\u0004"],
] as const)("%s ends the question and the command", async ([, key]) => {
  const { ask, stop } = terminal();
  expect(await ask("Password: ", true, key)).toBe("");
  expect(stop.signal.aborted).toBe(true);
});
