import process from "node:process";
import { afterEach, expect, it } from "vitest";
import { readEntryTime } from "../../../../src/cli/verbs/export/choice.ts";

const zone = process.env["TZ"];

afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

it.each([
  ["@12", 12n],
  ["@-12", -12n],
  ["2024-01-31", 1_706_659_200n],
  ["2024-01-31 12:00", 1_706_702_400n],
  ["2024-01-31T12:00:00", 1_706_702_400n],
  ["2024-01-31T12:00:00+01:00", 1_706_698_800n],
])("--mtime %s is the same time everywhere", (text, seconds) => {
  process.env["TZ"] = "Pacific/Kiritimati";
  expect(readEntryTime(text, undefined)).toBe(seconds * 1_000_000_000n);
});

it.each(["noon", "@", "2024-02-30", "2024-01-31T24:00:00Z", "@1.5"])("%j is not a time", (text) => {
  expect(() => readEntryTime(text, undefined)).toThrow(/^--mtime: .* is not a time$/);
});

it("asks SOURCE_DATE_EPOCH where there is no flag", () => {
  expect(readEntryTime(undefined, "12")).toBe(12_000_000_000n);
  expect(readEntryTime("@3", "12")).toBe(3_000_000_000n);
  expect(readEntryTime(undefined, "")).toBeUndefined();
  expect(() => readEntryTime(undefined, "now")).toThrow(/^SOURCE_DATE_EPOCH: "now" is not a time$/);
});
