import { describe, expect, it } from "vitest";
import { codeOf } from "../../../src/base/errors.ts";
import { compileGoRegExp } from "../../../src/go/regexp/regexp.ts";
import { replaceGoMatches } from "../../../src/go/regexp/replace.ts";
import { golden } from "../../recipe/support/parity.ts";

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
    const regex = compileGoRegExp(pattern);
    return [regex.test(text), replaceGoMatches(text, regex, replacement)];
  } catch (error) {
    return codeOf(error) ?? error;
  }
}

describe("regular expressions of Go", () => {
  it("match and replace as Go does, or are refused by name", () => {
    const wrong = cases.filter((one) => {
      const got = ours(one);
      return one[3] === null ? got !== "MALFORMED" : JSON.stringify(got) !== JSON.stringify(one[3]);
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    "^(([a-z0-9/-])+)+$.",
    "(.*.*.*.*.*.*.*.*.*.*.*.*)*x$",
    "(a|a|aa)*b",
    "((((a?){9}){9}){9})b",
  ])("takes linear time for %s", (pattern) => {
    const text = "a".repeat(200);
    expect(compileGoRegExp(pattern).test(text)).toBe(false);
    expect(replaceGoMatches(text, compileGoRegExp(pattern), "x")).toBe(text);
  });

  it.each([
    ["a(?=b)", "Go has no groups that begin with (?="],
    ["(a)\\1", "Go has no \\1"],
    ["a**", "a repetition of the repetition *"],
    ["[[:nope:]]", "there is no class [:nope:]"],
    ["(a", "it is malformed"],
    ["((((a{9}){9}){9}){9})", "it is too large"],
    ["(?:(?:(?:(?:){1000}){1000}){1000}){1000}", "it is too large"],
    ["[z", "a [ that is not closed"],
  ])("%s is refused with what is wrong", (pattern, why) => {
    expect(() => compileGoRegExp(pattern)).toThrow(
      `the regular expression ${JSON.stringify(pattern)}: ${why}`,
    );
  });

  it("are refused when they are nested too deeply", () => {
    expect(() => compileGoRegExp("(?:".repeat(1200) + ")".repeat(1200))).toThrow(
      "nested too deeply",
    );
  });

  it("match alike, whoever does it", () => {
    for (const pattern of ["a*", "^a", "a|b$", "[^/]+", "(?i)A", "", "^*", "x{2}"]) {
      for (const text of ["", "aab/b", "\u{1f600}a\u{1f600}", "xxxx\nB"]) {
        const grouped = compileGoRegExp(`(?:${pattern})()`); // only our own has groups
        expect([pattern, text, replaceGoMatches(text, compileGoRegExp(pattern), "<$0>")])
          .toEqual([pattern, text, replaceGoMatches(text, grouped, "<$0>")]);
      }
    }
  });

  it("do not make paths longer than any is", () => {
    expect(() => replaceGoMatches("/nix", compileGoRegExp(""), "x".repeat(5000))).toThrow(
      "a rewrite makes a path of more than 16384 characters",
    );
  });
});
