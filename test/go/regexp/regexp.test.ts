import { describe, expect, it } from "vitest";
import { codeOf } from "../../../src/base/errors.ts";
import { compileGoRegExp, loadGoRegExps } from "../../../src/go/regexp/regexp.ts";
import { replaceGoMatches } from "../../../src/go/regexp/replace.ts";
import { golden } from "../../recipe/support/parity.ts";

type Case = readonly [
  pattern: string,
  text: string,
  replacement: string,
  result: readonly [matches: boolean, replaced: string] | null,
];

await loadGoRegExps();

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
    ["a(?=b)", "invalid or unsupported Perl syntax: `(?=`"],
    ["(a)\\1", "invalid escape sequence: `\\1`"],
    ["a**", "invalid nested repetition operator: `**`"],
    ["[[:nope:]]", "invalid character class range: `[:nope:]`"],
    ["(a", "missing closing ): `(a`"],
    ["((((a{9}){9}){9}){9})", "invalid repeat count: `{9}`"],
    ["(?:(?:(?:(?:){1000}){1000}){1000}){1000}", "invalid repeat count: `{1000}`"],
    ["[z", "missing closing ]: `[z`"],
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

  it.each<[string, string, boolean]>([
    ["[^/]{3}$", "/nix/store/x/abc\u{1f389}", true],
    ["^.{2}$", "a\u{1f389}", true],
    ["[^/]{3}$", "/ab\udc80", true], // a name that is not UTF-8
    ["^.\\x{FFFD}.$", "a\udcffb", true], // as Go reads such bytes
    ["\\p{ASCII}", "\u{1f389}a", true],
    ["^\\p{ascii}+$", "a\u{1f389}", false],
    ["^\\P{ASCII}$", "\u{1f389}", true],
    ["^[\\p{ASCII}é]+$", "aé", true],
    ["^[^\\p{ASCII}]$", "a", false],
    ["^\\p{Any}$", "\u{1f389}", true],
    ["^\\p{Uppercase_Letter}\\p{lowercase letter}$", "Äö", true],
    ["^\\p{^Letter}$", "1", true],
    ["^\\p{LC}$", "ª", false],
    ["\\Q\\p{ASCII}\\E", "\\p{ASCII}", true],
    ["\\p{Greek}", "α", true],
  ])("%s of %j is %s", (pattern, text, matches) => {
    expect(compileGoRegExp(pattern).test(text)).toBe(matches);
  });

  it("replace what is beside bytes that are no UTF-8, and leave these", () => {
    const regex = compileGoRegExp("b(.)");
    expect(replaceGoMatches("a\udc80b\udc81c", regex, "<$1>")).toBe("a\udc80<\udc81>c");
  });

  it("do not make paths longer than any is", () => {
    expect(() => replaceGoMatches("/nix", compileGoRegExp(""), "x".repeat(5000))).toThrow(
      "a rewrite makes a path of more than 16384 characters",
    );
  });
});
