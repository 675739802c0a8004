import { describe, expect, it } from "vitest";
import { parseRange } from "../../src/serve/range.ts";

describe("parseRange", () => {
  it.each([
    ["bytes=0-3", { start: 0, end: 4 }],
    ["bytes=4-", { start: 4, end: 10 }],
    ["bytes=8-99", { start: 8, end: 10 }],
    ["bytes=9-9", { start: 9, end: 10 }],
    ["bytes=-3", { start: 7, end: 10 }],
    ["bytes=-99", { start: 0, end: 10 }],
  ])("%s of ten bytes", (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it.each(["bytes=10-", "bytes=10-12", "bytes=99-100", "bytes=-0"])(
    "%s of ten bytes cannot be had",
    (header) => expect(parseRange(header, 10)).toBe("unsatisfiable"),
  );

  it.each([
    undefined,
    "",
    "bytes=",
    "bytes=-",
    "bytes=3-1",
    "bytes=0-1,4-5",
    "lines=0-1",
    "bytes=a-b",
  ])(
    "%s is not a range, and all is sent",
    (header) => expect(parseRange(header, 10)).toBeUndefined(),
  );

  it("finds nothing in nothing", () => {
    expect(parseRange("bytes=0-0", 0)).toBe("unsatisfiable");
    expect(parseRange("bytes=-5", 0)).toBe("unsatisfiable");
  });
});
