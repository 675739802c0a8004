import { describe, expect, it } from "vitest";
import {
  findPlace,
  isPipePlace,
  parsePlace,
  parseRegistryPlace,
  resolvePlace,
} from "../../transports/reference.ts";

describe("the word before the first colon", () => {
  it.each([
    ["registry:alpine", "registry", "alpine"],
    ["docker://alpine", "registry", "//alpine"],
    ["docker:27", "registry", "27"],
    ["oci:a:b@c", "oci-dir", "a:b@c"],
    ["podman:5000/app", "podman", "5000/app"],
    ["daemon:", "daemon", ""],
    ["oci-archive:a\nb", "oci-archive", "a\nb"],
  ])("%j: is the scheme %s", (text, scheme, location) => {
    expect(parsePlace(text)).toEqual({ scheme, location, text });
    expect(findPlace(text)).toEqual({ scheme, location, text });
  });

  it.each(["alpine", "", "./a:b", "ftp:x", "constructor:x", "quay.io/oci:x"])(
    "%j is no scheme",
    (text) => {
      expect(findPlace(text)).toBeUndefined();
      expect(() => parsePlace(text)).toThrow("does not say where the image is");
    },
  );
});

describe("where registries are meant", () => {
  it.each([
    ["alpine", "alpine"],
    ["docker:27", "docker:27"],
    ["podman:5000/app", "podman:5000/app"],
    ["registry:org/app", "org/app"],
    ["docker://alpine", "alpine"],
    ["nix:2.19", "nix:2.19"],
  ])("%s is %s in one", (text, location) => {
    expect(parseRegistryPlace(text)).toEqual({ scheme: "registry", location, text });
  });

  it.each([
    ["oci-dir:images", "oci-dir"],
    ["oci:images", "oci-dir"],
    ["docker-daemon:app", "daemon"],
    ["nix:./image.json", "nix"],
  ])("%s is elsewhere", (text, scheme) => {
    expect(parseRegistryPlace(text).scheme).toBe(scheme);
  });
});

it("paths are made whole, of what has some", () => {
  const whole = (text: string) => resolvePlace(parsePlace(text), "/a/b").text;
  expect(whole("oci:../x:name")).toBe("oci:/a/x:name");
  expect(whole("nix:image.json")).toBe("nix:/a/b/image.json");
  expect(whole("docker-archive:-:a:1")).toBe("docker-archive:-:a:1");
  expect(whole("oci-dir:/x")).toBe("oci-dir:/x");
  expect(whole("daemon:x")).toBe("daemon:x");
});

it("a pipe is a path alone", () => {
  const isPipe = (text: string) => isPipePlace(parsePlace(text));
  expect(["oci-archive:-", "docker-archive:-:a:1", "oci-archive:-@sha256:0"].map(isPipe))
    .toEqual([true, true, true]);
  expect(["oci-archive:-a", "registry:-", "oci-archive:a:-"].map(isPipe))
    .toEqual([false, false, false]);
});
