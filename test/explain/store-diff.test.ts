/** Store paths side by side: names and versions as Nix reads them. */
import { describe, expect, it } from "vitest";
import { compareStorePaths } from "../../src/explain/store-diff.ts";
import { compareVersions, parsePackageName } from "../../src/explain/versions.ts";

describe("names", () => {
  it.each([
    ["openssl-3.0.13", { name: "openssl", version: "3.0.13" }],
    ["openssl-3.0.13-dev", { name: "openssl", version: "3.0.13", output: "dev" }],
    ["nss-cacert-3.98", { name: "nss-cacert", version: "3.98" }],
    ["builder.sh", { name: "builder.sh" }],
    ["libtool-lib", { name: "libtool-lib" }],
    ["apache-httpd-2.0.48", { name: "apache-httpd", version: "2.0.48" }],
  ])("%s", (text, parsed) => {
    expect(parsePackageName(text)).toEqual(parsed);
  });
});

describe("versions", () => {
  // The examples of Nix's manual.
  it.each([
    ["1.0", "2.3"],
    ["2.1", "2.3"],
    ["2.3", "2.5"],
    ["2.5", "3.1"],
    ["2.3", "2.3.1"],
    ["2.3a", "2.3.1"],
    ["2.3pre1", "2.3"],
    ["2.3pre3", "2.3pre12"],
    ["2.3a", "2.3c"],
    ["2.3pre1", "2.3c"],
    ["2.3pre1", "2.3q"],
  ])("%s is less than %s", (less, more) => {
    expect(compareVersions(less, more)).toBeLessThan(0);
    expect(compareVersions(more, less)).toBeGreaterThan(0);
    expect(compareVersions(less, less)).toBe(0);
  });
});

describe("two images", () => {
  const path = (hash: string, name: string, size?: number) => ({
    path: `/nix/store/${hash.repeat(32)}-${name}`,
    ...size !== undefined && { size },
  });

  it("differ in paths that came, went, and changed", () => {
    const before = [path("a", "curl-8.1", 5), path("b", "libc-2", 9), path("c", "old-1", 1)];
    const after = [path("d", "curl-8.2", 6), path("b", "libc-2", 9), path("f", "new-1", 2)];
    const { added, removed, changed, same, bytes } = compareStorePaths(before, after);
    expect(added.map(({ path }) => path.slice(44))).toEqual(["new-1"]);
    expect(removed.map(({ path }) => path.slice(44))).toEqual(["old-1"]);
    expect(changed).toMatchObject([{
      name: "curl",
      change: "upgraded",
      before: { version: "8.1", size: 5 },
      after: { version: "8.2", size: 6 },
    }]);
    expect([same, bytes]).toEqual([1, { before: 15, after: 17, news: 8 }]);
  });

  it("pair several versions of a name in their order, and outputs each with its own", () => {
    const before = [
      path("a", "py-3.11"),
      path("b", "py-3.9"),
      path("c", "ssl-1-dev"),
      path("d", "ssl-1"),
    ];
    const after = [path("f", "py-3.12"), path("g", "ssl-1"), path("h", "ssl-0-dev")];
    const { changed, removed, bytes } = compareStorePaths(before, after);
    expect(changed.map(({ name, change }) => `${name} ${change}`))
      .toEqual(["py upgraded", "ssl rebuilt", "ssl (dev) downgraded"]);
    expect(removed.map(({ version }) => version)).toEqual(["3.11"]);
    expect(bytes).toBeUndefined();
  });
});
