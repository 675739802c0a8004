/** Ranges of versions as skopeo and regsync take them. */
import { describe, expect, it } from "vitest";
import { compileMastermindsRange } from "../../../src/sync/tags/masterminds.ts";
import { compileRegsyncRange } from "../../../src/sync/tags/regsync-versions.ts";

const TAGS = ["v1.2.3", "1.2", "1", "2.0.0-rc1", "2.0.0", "2.1.0", "latest", "1.3.0-alpine"];
const keep = (isIn: (tag: string) => boolean) => TAGS.filter(isIn).join(" ");

describe("skopeo's ranges", () => {
  it.each([
    [">= 1.0, < 2.0", "v1.2.3 1.2 1"],
    [">=1.0 <2.0", "v1.2.3 1.2 1"],
    ["1.2.x || ~2.1", "v1.2.3 1.2 2.1.0"],
    ["^v1.2", "v1.2.3 1.2"],
    ["1.2 - 2.0", "v1.2.3 1.2 2.0.0"],
    [">1, !=2.0.0", "2.1.0"],
    ["!=1.2.3", "1.2 1 2.0.0 2.1.0"],
    [">=2.0.0-0", "2.0.0-rc1 2.0.0 2.1.0"],
    ["=>2", "2.0.0 2.1.0"],
    ["~>1.2.3", "v1.2.3"],
    ["*", "v1.2.3 1.2 1 2.0.0 2.1.0"],
  ])("%s", (range, wanted) => {
    expect(keep(compileMastermindsRange(range))).toBe(wanted);
  });

  it.each(["", "abc", ">=", "1.2 ||", ">> 1"])("refuses %j", (range) => {
    expect(() => compileMastermindsRange(range)).toThrow(/is not a range of versions/);
  });
});

describe("regsync's ranges", () => {
  it.each([
    ["^1.2", "v1.2.3 1.2 2.0.0-rc1 1.3.0-alpine"],
    [">=2.0.0", "2.0.0 2.1.0"],
    [">2.0.0-beta <2.1", "2.0.0-rc1 2.0.0"],
    ["~1.2", "v1.2.3 1.2 1.3.0-alpine"],
    ["1.2.0", "1.2"],
    ["^0.0.3", ""],
    ["<=1.2", "1.2 1"],
  ])("%s", (range, wanted) => {
    expect(keep(compileRegsyncRange(range))).toBe(wanted);
  });

  it("compares any number of parts, and runs of digits in prereleases", () => {
    const isIn = compileRegsyncRange(">=1.2.3.4 <20240101");
    expect(["1.2.3.3", "1.2.3.4", "1.2.3.10", "20231231", "20240101"].filter(isIn))
      .toEqual(["1.2.3.4", "1.2.3.10", "20231231"]);
    const isLater = compileRegsyncRange(">1.0-rc9");
    expect(["1.0-rc8", "1.0-rc10", "1.0-rc9.1", "1.0"].filter(isLater))
      .toEqual(["1.0-rc10", "1.0-rc9.1", "1.0"]);
  });

  it.each(["", "x", ">=1 || 2", "1.x"])("refuses %j", (range) => {
    expect(() => compileRegsyncRange(range)).toThrow(/is not a range of versions/);
  });
});
