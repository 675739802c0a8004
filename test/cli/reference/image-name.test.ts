import { describe, expect, it } from "vitest";
import { readImageName } from "../../../src/cli/reference/image-name.ts";
import { readRegistryPlace } from "../../../src/cli/reference/place.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("readImageName", () => {
  it.each([
    ["alpine", "alpine", undefined],
    ["quay.io/org/app:1", "quay.io/org/app", "1"],
    ["docker://alpine:3", "alpine", "3"],
    ["registry://alpine:3", "alpine", "3"],
    ["registry:org/app:1", "org/app", "1"],
    ["registry:localhost:5000/app:1", "localhost:5000/app", "1"],
    // Images and hosts that are called as schemes are.
    ["docker:27", "docker", "27"],
    ["docker:27-dind", "docker", "27-dind"],
    ["registry:2", "registry", "2"],
    ["nix:2.19", "nix", "2.19"],
    ["podman:5000/app", "podman:5000/app", undefined],
    ["registry:5000/app:1", "registry:5000/app", "1"],
  ])("%s is of %s", (text, name, tag) => {
    const place = readRegistryPlace(text);
    expect(readImageName(text)).toEqual({ name, tag, digest: undefined, place });
    expect(readImageName(`${text}@${DIGEST}`)).toMatchObject({ name, digest: DIGEST });
  });

  it.each([
    ["oci-dir:images", /is in no registry/],
    ["oci:images:x", /is in no registry/],
    ["docker-archive:a.tar", /is in no registry/],
    ["docker-daemon:app", /is in no registry/],
    ["nix:./image.json", /is in no registry/],
    ["https://quay.io/app", /is a URL/],
  ])("%s is not an image in a registry", (text, says) => {
    expect(() => readImageName(text)).toThrow(says);
  });
});
