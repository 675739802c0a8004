/** Locations in a storage, and what is said without Podman. */
import process from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseStorageLocation } from "../../../transports/daemon/containers-storage.ts";
import { openSource } from "../../../transports/mod.ts";

describe("a location in a storage", () => {
  it.each([
    ["app:1", [], "app:1"],
    ["@0123456789abcdef", [], "0123456789abcdef"],
    ["[/r]app", ["--root", "/r"], "app"],
    ["[vfs@/r+/s]app", ["--storage-driver", "vfs", "--root", "/r", "--runroot", "/s"], "app"],
    ["[/r:a=b,c=d]x", ["--root", "/r", "--storage-opt", "a=b", "--storage-opt", "c=d"], "x"],
  ])("%s has podman's flags, and a name", (location, flags, name) => {
    expect(parseStorageLocation(location)).toEqual({ flags, name });
  });

  it.each(["[]app", "[overlay]app", "[vfs@r]app", "[/r"])("%s is refused", (location) => {
    expect(() => parseStorageLocation(location)).toThrow("does not name a storage");
  });
});

it("needs Podman, and says so", async () => {
  const { PATH } = process.env;
  onTestFinished(() => void (process.env["PATH"] = PATH));
  process.env["PATH"] = "/nonexistent";
  await expect(openSource("containers-storage:app")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "containers-storage: needs Podman, which is not installed",
    side: "source",
  });
});
