import { expect, it } from "vitest";
import { spellBooleans } from "../../../src/cli/kit/booleans.ts";

const FLAGS = {
  "tls-verify": { type: "boolean", allowNo: true },
  all: { type: "boolean" },
  jobs: { type: "option" },
};

it.each([
  ["--tls-verify=false a", "--no-tls-verify a"],
  ["--tls-verify=true a", "--tls-verify a"],
  ["--tls-verify false a b", "--no-tls-verify a b"],
  ["--tls-verify true a", "--tls-verify a"],
  ["--tls-verify a false", "--tls-verify a false"],
  ["--all=false a", "a"],
  ["--all=true a", "--all a"],
  ["--all false", "--all false"],
  ["--jobs=false", "--jobs=false"],
  ["-- --tls-verify=false", "-- --tls-verify=false"],
  ["-- --tls-verify false", "-- --tls-verify false"],
  ["--constructor=false", "--constructor=false"],
])("%s is %s", (words, spelled) => {
  expect(spellBooleans(words.split(" "), FLAGS).join(" ")).toBe(spelled);
});
