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
  ["--tls-verify=False a", "--no-tls-verify a"],
  ["--tls-verify=0 --all=T a", "--no-tls-verify --all a"],
  ["--tls-verify=f --all=1 a", "--no-tls-verify --all a"],
  ["--tls-verify False a", "--no-tls-verify a"],
  ["--tls-verify 0 a", "--no-tls-verify a"],
  ["--tls-verify t a", "--tls-verify t a"],
  ["--no-tls-verify=false a", "--tls-verify a"],
  ["--no-tls-verify=1 a", "--no-tls-verify a"],
  ["--no-tls-verify false a", "--no-tls-verify false a"],
  ["--no-all=true", "--no-all=true"],
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

it.each(["no", "yes", "", "FaLSE", "2", "tr\nue"])("%j is no truth value", (value) => {
  expect(() => spellBooleans([`--tls-verify=${value}`], FLAGS)).toThrow(
    `--tls-verify=${value}: it is either on or off`,
  );
  expect(() => spellBooleans([`--all=${value}`, "a"], FLAGS)).toThrow("--all=");
});
