import { describe, expect, it } from "vitest";
import { codeOf } from "../../../src/errors.ts";
import { goRegExp } from "../../../src/nix/layer/go-regexp.ts";
import { goReplaceAll } from "../../../src/nix/layer/go-replace.ts";
import { golden } from "./support/parity.ts";

type Case = readonly [
  pattern: string,
  text: string,
  replacement: string,
  result: readonly [matches: boolean, replaced: string] | null,
];

const cases: readonly Case[] = golden("go-regexp.json").cases;

/** What we make of a case; a code where we refuse it. */
function ours([pattern, text, replacement]: Case): unknown {
  try {
    const regex = goRegExp(pattern);
    return [regex.test(text), goReplaceAll(text, regex, replacement)];
  } catch (error) {
    return codeOf(error) ?? error;
  }
}

describe("regular expressions of Go", () => {
  it("match and replace as Go does, or are refused by name", () => {
    const wrong = cases.filter((one) => {
      const got = ours(one);
      if (one[3] === null) return got !== "MALFORMED" && got !== "UNSUPPORTED";
      return got !== "UNSUPPORTED" && JSON.stringify(got) !== JSON.stringify(one[3]);
    });
    expect(wrong).toEqual([]);
  });

  it("are seldom refused where Go takes them: only for flags in the middle", () => {
    const refused = cases.filter((one) => one[3] !== null && ours(one) === "UNSUPPORTED");
    expect(refused.filter(([pattern]) => !/\(\?[a-zA-Z-]*i/.test(pattern))).toEqual([]);
    expect(refused.length).toBeLessThan(cases.length / 10);
  });

  it.each([
    ["a(?=b)", "Go has no groups that begin with (?="],
    ["(a)\\1", "Go has no \\1"],
    ["a**", "a repetition of the repetition *"],
    ["[[:nope:]]", "there is no class [:nope:]"],
    ["(a", "it is malformed"],
    ["a(?i)b", "the flag i can only stand at its beginning"],
    ["[z", "a [ that is not closed"],
  ])("%s is refused with what is wrong", (pattern, why) => {
    expect(() => goRegExp(pattern)).toThrow(
      `the regular expression ${JSON.stringify(pattern)}: ${why}`,
    );
  });
});
