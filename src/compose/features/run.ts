/** `run`: commands on the image, as `RUN` of a Dockerfile. */
import { NixociError } from "../../base/errors.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextsFlag } from "./flag.ts";

export const run = defineFeature((is: Kinds) => ({
  run: is.field(
    is.list(
      is.either(is.filled, is.list(is.text, "must be a list of words")),
      "must be a list of commands",
    ),
    "Commands that run on the image, each making a layer: a text for its shell, or a list of words",
  ),
}), {
  flags: {
    run: defineTextsFlag({
      summary: "Run this in the image's shell, which makes one more layer",
      helpValue: "command",
    }, (commands, { run }) => ({ run: [...run ?? [], ...commands] })),
  },
  add: ({ run }, { commands, powers }) => {
    const own = (run ?? []).map((run, i) => {
      const at = `run[${i}]`;
      return { at, run: checkWords(run, at), ...powers };
    });
    return { commands: [...commands, ...own] };
  },
});

function checkWords(run: string | readonly string[], at: string): string | readonly string[] {
  const words = [run].flat();
  if (words.some((word) => word.includes("\0"))) {
    throw new NixociError("USAGE", `${at}: a command has a NUL character in it`);
  }
  if (words[0]) return run;
  throw new NixociError("USAGE", `${at}: there is no program in it`, {
    hint: "begin the list with the name of one",
  });
}
