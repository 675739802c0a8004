import { describe, expect, it } from "vitest";
import { findNearest } from "../../src/base/nearest.ts";

describe("nearest", () => {
  const verbs = ["copy", "inspect", "digest", "tags", "ls", "login", "logout"];
  it.each([
    ["cpoy", "copy"],
    ["insepct", "inspect"],
    ["logni", "login"],
    ["tag", "tags"],
    ["sl", "ls"],
    ["push", undefined],
    ["frobnicate", undefined],
  ])("%s", (word, expected) => expect(findNearest(word, verbs)).toBe(expected));
});
