/** The words of the SPEC's commands: the image's shell for a text, and words as they are. */
import { expect, it } from "vitest";
import { wordsOf } from "../../../src/compose/commands/words.ts";

const command = { at: "run[0]", network: false, limits: {} };
const READ = ". /dev/nixoci-script";

it.each([
  [undefined, { argv: ["/bin/sh", "-c", READ], script: "a 'b'\n" }],
  [[], { argv: ["/bin/sh", "-c", READ], script: "a 'b'\n" }],
  [["/bin/bash", "-o", "pipefail", "-c"], {
    argv: ["/bin/bash", "-o", "pipefail", "-c", READ],
    script: "a 'b'\n",
  }],
  [["bash", "-ec"], { argv: ["bash", "-ec", READ], script: "a 'b'\n" }],
  [["/bin/python3", "-c"], { argv: ["/bin/python3", "-c", "a 'b'\n"] }],
  [["/bin/bash"], { argv: ["/bin/bash", "a 'b'\n"] }],
])("a text in the shell %j", (shell, words) => {
  expect(wordsOf({ ...command, run: "a 'b'\n" }, shell ? { Shell: shell } : {})).toEqual(words);
});

it("a list", () => {
  expect(wordsOf({ ...command, run: ["a", "b c"] }, { Shell: ["x"] })).toEqual({
    argv: ["a", "b c"],
  });
});
