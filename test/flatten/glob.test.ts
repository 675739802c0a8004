import { describe, expect, it } from "vitest";
import { createSelector, patternOf } from "../../src/flatten/glob.ts";

describe("patterns", () => {
  it.each<[string, string[], string[]]>([
    ["etc", ["etc", "etc/passwd", "etc/a/b"], ["etcetera", "usr/etc", ""]],
    ["/etc/", ["etc", "etc/x"], ["etc2"]],
    ["./etc", ["etc"], []],
    ["*.so", ["a.so", ".so", "a.so/x"], ["lib/a.so", "a.sox"]],
    ["lib/*.so", ["lib/a.so"], ["lib/x/a.so", "lib/a"]],
    ["**/*.so", ["a.so", "lib/a.so", "lib/x/a.so"], ["a.s"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]],
    ["usr/**", ["usr/a", "usr/a/b"], ["usr", "us/r"]],
    ["a**b", ["ab", "a/x/b", "axb"], ["a"]],
    ["?", ["a", "é", "日"], ["ab", ""]],
    ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
    ["[!a-c]x", ["dx"], ["ax", "/x"]],
    ["[]]", ["]"], ["a"]],
    ["\\*", ["*"], ["a"]],
    ["a.b", ["a.b"], ["axb"]],
    ["a{b}$", ["a{b}$"], ["ab"]],
    ["/", ["", "a", "a/b"], []],
  ])("%s", (glob, matching, others) => {
    const pattern = patternOf(glob);
    expect(matching.filter((path) => !pattern.test(path))).toEqual([]);
    expect(others.filter((path) => pattern.test(path))).toEqual([]);
  });

  it("that are none are refused", () => {
    expect(() => patternOf("a[b")).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it("select and exclude", () => {
    expect(createSelector({})).toBeUndefined();
    const selects = createSelector({ paths: ["a", "b"], excludes: ["**/x"] })!;
    expect(["a", "a/y", "b", "a/x", "c"].filter(selects)).toEqual(["a", "a/y", "b"]);
  });
});
