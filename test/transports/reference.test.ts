import { describe, expect, it } from "vitest";
import { parseReference } from "../../src/image/reference.ts";
import { listSchemes } from "../../transports/list.ts";
import {
  hasScheme,
  isPipePlace,
  makeImagePlace,
  makePlace,
  parsePlace,
  resolvePlace,
} from "../../transports/reference.ts";

describe("the word before the first colon", () => {
  it.each([
    ["registry:alpine", "registry", "alpine"],
    ["docker://alpine", "registry", "alpine"],
    ["docker:27", "registry", "27"],
    ["oci:a:b@c", "oci-dir", "a:b@c"],
    ["podman:5000/app", "podman", "5000/app"],
    ["daemon:", "daemon", ""],
    ["oci-archive:a\nb", "oci-archive", "a\nb"],
  ])("%j: is the scheme %s", (text, scheme, location) => {
    const image = scheme === "registry" ? parseReference(location) : undefined;
    expect(parsePlace(text)).toEqual({ scheme, location, text, image });
    expect(hasScheme(text)).toBe(true);
  });

  it.each(["alpine", "", "./a:b", "ftp:x", "constructor:x", "quay.io/oci:x"])(
    "%j is not a scheme",
    (text) => {
      expect(hasScheme(text)).toBe(false);
      expect(() => parsePlace(text)).toThrow("does not say where the image is");
    },
  );
});

it.each(["oci-dir:a\0b", "registry:a\0", "daemon:\0"])(
  "%j has a NUL, which no path has",
  (text) => {
    expect(() => parsePlace(text)).toThrow(`${JSON.stringify(text)} has a NUL character in it`);
  },
);

/** Words that are no place, and what to do about it. */
const HINTS: (readonly [text: string, message: string, hint: string])[] = [
  [
    "podman-daemon:x",
    '"podman-daemon:x": podman-daemon: is not supported',
    "use podman:NAME",
  ],
  [
    "tarball:x.tar",
    '"tarball:x.tar": tarball: is not supported',
    "nixoci build makes an image of a folder",
  ],
  ...[
    ["regstry:a/b", "registry:a/b"],
    ["dokcer://a/b", "docker://a/b"],
    ["ocidir:a:b", "oci-dir:a:b"],
    ["oci-dri:a", "oci-dir:a"],
    ["docker_archive:a", "docker-archive:a"],
    ["Registry:a/b", "registry:a/b"],
    ["OCI-DIR:a", "oci-dir:a"],
    ["DOCKER://a/b", "docker://a/b"],
    ["podmn:a", "podman:a"],
    ["docker-achive:a.tar:b", "docker-archive:a.tar:b"],
  ].map(([text, meant]) =>
    [
      text!,
      `"${text}" does not say where the image is`,
      `did you mean ${meant}? the`,
    ] as const
  ),
  ["podman-daemon:x", '"podman-daemon:x": podman-daemon: is not supported', "use podman:NAME"],
  ["s3://bucket/x", '"s3://bucket/x": s3:// is not supported', "the schemes are registry:"],
  ["ssh://host/x", '"ssh://host/x": ssh:// is not supported', "the schemes are registry:"],
  // Names with a tag or a port are not taken for schemes.
  ...["alpine:3", "nginx:1", "docker.io:443/a", "registr:5000/a", "node:20"].map((text) =>
    [text, `"${text}" does not say`, `write registry:${text} for a registry;`] as const
  ),
  [
    "https://r.test/a",
    '"https://r.test/a" is a URL, not an image\'s name',
    "leave https:// out and write registry:r.test/a",
  ],
  ...["localhost:5000", "127.0.0.1:443", "r.test:5000"].map((host) =>
    [`registry:${host}`, `"${host}" names a host, but no repository`, `write ${host}/`] as const
  ),
  [
    "registry:http://r.test/a",
    '"registry:http://r.test/a" is a URL, not an image\'s name',
    "leave http:// out and write registry:r.test/a, with --tls-verify=false",
  ],
];

it.each(HINTS)("%s: says what to write", (text, message, hint) => {
  expect(() => parsePlace(text)).toThrow(
    expect.objectContaining({
      code: "USAGE",
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }),
  );
});

it("the schemes are listed in the form that they are written in", () => {
  for (const { scheme, form } of listSchemes()) {
    expect(hasScheme(form)).toBe(true);
    expect(form.split(":")[0]).toBe(scheme);
  }
});

describe("where registries are meant", () => {
  it.each([
    "podman-daemon:x",
    "oci-layout://a",
    "https://r.test/a",
    "docker://https://r.test",
  ])(
    "%s is not a name",
    (text) => {
      expect(() => parsePlace(text, { bare: "registry" })).toThrow(/is not supported|is a URL/);
    },
  );

  it("a host alone is not a name", () => {
    expect(() => parsePlace("localhost:5000", { bare: "registry" })).toThrow("but no repository");
  });

  it.each(["dir:1", "tar:latest", "file:2"])("%s is a name", (text) => {
    expect(parsePlace(text, { bare: "registry" }).scheme).toBe("registry");
  });

  it.each([
    ["alpine", "alpine"],
    ["docker:27", "docker:27"],
    ["podman:5000/app", "podman:5000/app"],
    ["registry:org/app", "org/app"],
    ["docker://alpine", "alpine"],
    ["nix:2.19", "nix:2.19"],
  ])("%s is %s in one", (text, location) => {
    expect(parsePlace(text, { bare: "registry" })).toEqual({
      scheme: "registry",
      location,
      text,
      image: parseReference(location),
    });
  });

  it.each([
    ["oci-dir:images", "oci-dir"],
    ["oci:images", "oci-dir"],
    ["docker-daemon:app", "daemon"],
    ["nix:./image.json", "nix"],
  ])("%s is elsewhere", (text, scheme) => {
    expect(parsePlace(text, { bare: "registry" }).scheme).toBe(scheme);
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
  expect(["oci-archive:-a", "daemon:-", "oci-archive:a:-"].map(isPipe))
    .toEqual([false, false, false]);
});

it("an image's place is the one that its name is written as", () => {
  const image = parseReference("alpine@sha256:" + "0".repeat(64));
  const place = makeImagePlace(image);
  expect(place.text).toBe("registry:docker.io/library/alpine@sha256:" + "0".repeat(64));
  expect(parsePlace(place.text)).toEqual(place);
  expect(makePlace("registry", place.location)).toEqual(place);
});
