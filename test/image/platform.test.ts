import { describe, expect, it } from "vitest";
import {
  findBestMatch,
  formatPlatform,
  normalizePlatform,
  parsePlatform,
} from "../../src/image/platform.ts";

const p = (text: string) => {
  const [os = "", architecture = "", variant] = text.split("/");
  return { os, architecture, ...(variant && { variant }) };
};

describe("parsePlatform", () => {
  it.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["linux/arm/6", "linux/arm/v6"],
    ["macos/arm64", "darwin/arm64"],
    ["windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"],
    ["arm64", "linux/arm64"],
    ["Linux/AMD64", "linux/amd64"],
    ["aarch64-linux", "linux/arm64"],
    ["armv7l-linux", "linux/arm/v7"],
    ["riscv64-linux", "linux/riscv64"],
    ["linux/mips64el", "linux/mips64le"],
  ])("%s is %s", (text, canonical) => {
    expect(formatPlatform(parsePlatform(text))).toBe(canonical);
  });

  it.each(["", "linux/", "/amd64", "linux/amd64/v1/x", "linux amd64", "toaster", "constructor"])(
    "refuses %j",
    (text) => {
      expect(() => parsePlatform(text)).toThrow(/is not a platform/);
    },
  );
});

it.each(["constructor", "__proto__", "tostring"])("takes %s for a name like any other", (name) => {
  const odd = { os: name, architecture: name };
  expect(normalizePlatform(odd)).toEqual(odd);
});

describe("bestMatch", () => {
  it.each([
    ["linux/arm64", ["linux/amd64", "linux/arm64/v8"], 1],
    ["linux/arm64/v8", ["linux/arm64"], 0],
    ["linux/arm/v7", ["linux/arm/v5", "linux/arm/v6"], 1],
    ["linux/arm/v6", ["linux/arm/v7", "linux/arm/v6"], 1],
    ["linux/arm/v6", ["linux/arm/v7"], undefined],
    ["linux/arm", ["linux/arm/v6", "linux/arm/v7"], 1],
    ["linux/amd64/v3", ["linux/amd64", "linux/amd64/v2"], 1],
    ["linux/amd64", ["linux/amd64/v2"], undefined],
    ["linux/amd64", ["linux/386"], 0],
    ["linux/386", ["linux/amd64"], undefined],
    ["linux/arm64", ["linux/arm/v7"], 0],
    ["linux/s390x", ["linux/ppc64le"], undefined],
    ["windows/amd64", ["linux/amd64"], undefined],
    ["linux/amd64", ["linux/amd64", "linux/amd64"], 0],
  ])("%s of %j is %s", (wanted, there, at) => {
    expect(findBestMatch(there.map(p), p(wanted))).toBe(at);
  });

  it("matches Windows versions by prefix, entries without a platform never", () => {
    const version = { os: "windows", architecture: "amd64", "os.version": "10.0.20348.1" };
    expect(findBestMatch([version], { ...p("windows/amd64"), "os.version": "10.0.20348" })).toBe(0);
    expect(findBestMatch([version], { ...p("windows/amd64"), "os.version": "10.0.17763" }))
      .toBe(undefined);
    expect(findBestMatch([undefined, p("linux/amd64")], p("linux/amd64"))).toBe(1);
  });

  it("normalizes without touching what it does not know", () => {
    expect(normalizePlatform({ os: "linux", architecture: "riscv64", "os.features": ["x"] }))
      .toEqual({
        os: "linux",
        architecture: "riscv64",
        "os.features": ["x"],
      });
  });
});
