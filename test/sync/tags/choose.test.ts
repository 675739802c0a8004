/** Tags are chosen by pattern and by version. */
import { describe, expect, it } from "vitest";
import { keepMatching, keepVersions } from "../../../src/sync/tags/choose.ts";

describe("tags", () => {
  const TAGS = ["latest", "1.2", "v1.10.0", "1.9.9-alpine", "2", "2.0.0-rc.1", "1.2.3+build"];

  it("match patterns as in a shell", () => {
    expect(keepMatching(TAGS, ["1.*", "l?test"])).toEqual([
      "latest",
      "1.2",
      "1.9.9-alpine",
      "1.2.3+build",
    ]);
    expect(() => keepMatching(TAGS, ["[a"])).toThrow("[ without a ]");
  });

  it("are versions, newest first, with parts left out and a v before them", () => {
    expect(keepVersions(TAGS, "1.x")).toEqual(["v1.10.0", "1.2.3+build", "1.2"]);
    expect(keepVersions(TAGS, ">=2.0.0-rc.0 || ^1.9.9-a")).toEqual([
      "2",
      "2.0.0-rc.1",
      "v1.10.0",
      "1.9.9-alpine",
    ]);
    expect(() => keepVersions(TAGS, "newest")).toThrow("is not a range of versions");
  });
});
