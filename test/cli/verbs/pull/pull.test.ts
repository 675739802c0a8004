/** `pull` and `prefetch` as they are typed, against a registry in this process. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../../../src/bytes/digest.ts";
import { copy } from "../../../../src/copy/copy.ts";
import { createImage } from "../../../../src/image/documents/assemble.ts";
import { contentOf } from "../../../../src/image/content.ts";
import { encodeJson } from "../../../../src/image/json.ts";
import { findHostPlatform } from "../../../../src/image/platform.ts";
import type { Image } from "../../../../src/image/root.ts";
import { formatHash } from "../../../../src/nix/formats/hash.ts";
import { openSink } from "../../../../transports/mod.ts";
import { image, index, layerOf, sourceOf } from "../../../support/images.ts";
import { openRegistry, type RegistryServer } from "../../../support/registry-server.ts";
import { AMD, ARM } from "../../../support/seeded.ts";
import { LAUNCHER, type Outcome, outcomes, RUN, spawned } from "../../run.ts";

const HASH = formatHash(digestOf(Buffer.from("")), "sri");
const NOWHERE = `sha256:${"0".repeat(64)}`;

const LINES: Readonly<Record<string, string>> = {
  "by flag": "pull -q HOST/app --digest IMAGE -o DIR/flag.tar",
  "by name": "pull -q HOST/app@IMAGE -o DIR/name.tar",
  "by docker": "pull -q docker://HOST/app:v1@IMAGE -o DIR/docker.tar --final-image-tag latest",
  "of the index": "pull -q registry:HOST/app@INDEX --arch x86_64 -o DIR/index.tar",
  "for the host": "pull -q HOST/app@INDEX -o DIR/host.tar --json",
  "other platform": "pull --progress=plain HOST/app@IMAGE --arch arm64 -o DIR/other.tar",
  "named": "pull -q HOST/app@IMAGE -o DIR/named.tar --final-image-name app --final-image-tag 1",
  "to a layout": "pull -q HOST/app@IMAGE --to oci-dir:DIR/layout:x --json",
  "tag of the name": "pull -q HOST/app:v1@IMAGE -o DIR/tag.tar",

  "no digest": "pull HOST/app:v1 -o DIR/no.tar",
  "two digests": `pull HOST/app@IMAGE --digest ${NOWHERE} -o DIR/no.tar`,
  "no such form": "pull HOST/app --digest sha256:ABC -o DIR/no.tar",
  "nowhere": "pull HOST/app@IMAGE",
  "both places": "pull HOST/app@IMAGE -o DIR/no.tar --to oci-dir:DIR/no",
  "a colon": "pull HOST/app@IMAGE -o docker-archive:DIR/no.tar",
  "a URL": "pull https://HOST/app@IMAGE -o DIR/no.tar",
  "no registry": "pull oci-dir:DIR/layout@IMAGE -o DIR/no.tar",
  "no file": "pull HOST/app@IMAGE --output=",
  "no architecture": "pull HOST/app@IMAGE -o DIR/no.tar --arch=",
  "no variant": "pull HOST/app@IMAGE -o DIR/no.tar --variant=",
  "no hash": "pull HOST/app@IMAGE -o DIR/no.tar --hash sha256-abc",
  "bad name": "pull HOST/app@IMAGE -o DIR/no.tar --final-image-name UPPER",
  "tag in the name": "pull HOST/app@IMAGE -o DIR/no.tar --final-image-name app:1",
  "digest in the name": "pull HOST/app@IMAGE -o DIR/no.tar --final-image-name app@IMAGE",
  "bad tag": "pull HOST/app@IMAGE -o DIR/no.tar --final-image-tag .v1",
  "packed": "pull --progress=plain HOST/packed@PACKED -o DIR/packed.tar",
  "other hash": `pull -q HOST/app@IMAGE -o DIR/no.tar --hash ${HASH}`,
  "not there": `pull -q HOST/app@${NOWHERE} -o DIR/no.tar --json`,
  "no such platform": "pull -q HOST/app@INDEX --arch s390x -o DIR/no.tar",

  "prefetch": "prefetch -q HOST/app v1",
  "prefetch by flags":
    "prefetch -q --image-name HOST/app --image-digest INDEX --final-image-name app " +
    "--final-image-tag 2 --os linux --arch amd64 --json --hash-form sha256",
  "prefetch an image": "prefetch -q HOST/app IMAGE --json",
  "prefetch a directory": "prefetch -q HOST/app:v1 --for nix2container",
  "prefetch the other": "prefetch -q HOST/app v1 --arch arm64 --json",
  "prefetch nothing": "prefetch --json",
  "prefetch two tags": "prefetch HOST/app:v1 v2",
  "prefetch no tag": "prefetch HOST/app .v2",
  "prefetch no digest": "prefetch HOST/app sha256:x",
  "prefetch packed": "prefetch --progress=plain HOST/packed v1",
  "prefetch a final tag": "prefetch HOST/app:v1 --for nix2container --final-image-tag v2",
  "prefetch a name with tag": "prefetch HOST/app:v1 --final-image-name app:2",
  "prefetch not there": "prefetch -q HOST/app v3",
};

let folder: string;
let registry: RegistryServer;
let amd: Image;
let all: Digest;
let packed: Image;
const seen = new Map<string, Outcome>();

/** Always the same, so that its hashes can be written down. */
async function known(): Promise<Image> {
  const layer = await layerOf({ "hello.txt": "hello\n" }, "none");
  const config = encodeJson({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  });
  return createImage("oci", contentOf("application/vnd.oci.image.config.v1+json", config), [layer]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixoci-test-"));
  registry = await openRegistry();
  amd = await known();
  const both = index([amd, await image({ platform: ARM })], [AMD, ARM]);
  all = both.manifest.descriptor.digest;
  const sink = await openSink(`registry:${registry.host}/app:v1`);
  await copy(sourceOf({ both }), sink);
  await sink[Symbol.asyncDispose]();
  packed = await image({ compression: "gzip" });
  const beside = await openSink(`registry:${registry.host}/packed:v1`);
  await copy(sourceOf({ packed }), beside);
  await beside[Symbol.asyncDispose]();
  const names = Object.keys(LINES);
  const results = await outcomes(names.map((name) => words(LINES[name]!)));
  names.forEach((name, i) => seen.set(name, results[i]!));
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function words(line: string): string[] {
  return line.replaceAll("DIR", folder).replaceAll("HOST", registry.host)
    .replaceAll("PACKED", packed.manifest.descriptor.digest)
    .replaceAll("IMAGE", amd.manifest.descriptor.digest).replaceAll("INDEX", all).split(" ");
}

const outcome = (name: string) => seen.get(name)!;
const file = (name: string) => readFile(join(folder, `${name}.tar`));
const json = (name: string) => JSON.parse(outcome(name).stdout);

describe("pull", () => {
  it("writes one file, however the same image is named", async () => {
    const digest = amd.manifest.descriptor.digest;
    const bytes = await file("flag");
    for (
      const [name, line] of [["name", "by name"], ["docker", "by docker"], [
        "index",
        "of the index",
      ]]
    ) {
      expect(outcome(line!)).toEqual({ status: 0, stdout: `${digest}\n`, stderr: "" });
      expect((await file(name!)).equals(bytes)).toBe(true);
    }
    expect(bytes.includes(`["${registry.host}/app:latest"]`)).toBe(true);
  });

  it("names the image as it is told to", async () => {
    expect((await file("named")).includes('["docker.io/library/app:1"]')).toBe(true);
    expect((await file("tag")).includes(`["${registry.host}/app:v1"]`)).toBe(true);
  });

  it("takes the host's architecture, and says what it took", () => {
    const { architecture } = findHostPlatform();
    expect(json("for the host")).toMatchObject({
      imageName: `${registry.host}/app`,
      indexDigest: all,
      destination: `docker-archive:${folder}/host.tar:${registry.host}/app:latest`,
      ...(architecture === "amd64" && { imageDigest: amd.manifest.descriptor.digest }),
    });
  });

  it("warns of another platform", () => {
    expect(outcome("other platform")).toMatchObject({
      status: 0,
      stdout: `${amd.manifest.descriptor.digest}\n`,
      stderr: expect.stringContaining("is an image for linux/amd64, not for linux/arm64; "),
    });
  });

  it("says nothing of what goes without saying: an archive's layers are plain", () => {
    for (const name of ["packed", "prefetch packed"]) {
      expect(outcome(name).status).toBe(0);
      expect(outcome(name).stderr).not.toContain("nixoci: ");
    }
  });

  it("puts it elsewhere", () => {
    expect(json("to a layout")).toMatchObject({ destination: `oci-dir:${folder}/layout:x` });
  });

  it.each([
    [
      "no digest",
      /^nixoci: Cannot pull \S+\/app:v1 without a digest: a tag may move; nixoci digest/,
    ],
    ["two digests", /^nixoci: The image has two digests: sha256:\w+ and sha256:0+; /],
    ["no such form", /^nixoci: --digest: "sha256:ABC" is not a digest; /],
    ["nowhere", /^nixoci: Cannot pull to nowhere; name a file with -o/],
    ["both places", /^nixoci: .*--to.*--output|^nixoci: .*--output.*--to/],
    ["a colon", /^nixoci: -o docker-archive:\S+: the name of an archive cannot have a colon; /],
    ["a URL", /^nixoci: "https:\S+" is a URL, not an image's name; leave https:\/\/ out/],
    ["no registry", /^nixoci: "oci-dir:\S+" is in no registry; use nixoci copy/],
    ["no hash", /^nixoci: --hash: "sha256-abc" is not a hash: /],
    ["bad name", /^nixoci: --final-image-name: "UPPER" is not an image's name; /],
    ["tag in the name", /^nixoci: --final-image-name: "app:1" is not .*; .* --final-image-tag/],
    [
      "digest in the name",
      /^nixoci: --final-image-name: "app@sha256:\w+" is not an image's name; /,
    ],
    ["bad tag", /^nixoci: --final-image-tag: ".v1" is not a tag; /],
    ["no file", /^nixoci: --output: its value is empty; give it a file/],
    ["no architecture", /^nixoci: "linux\/" is not a platform; /],
    ["no variant", /^nixoci: "linux\/\w+\/" is not a platform; /],
  ])("refuses wrong words: %s", (name, says) => {
    expect(outcome(name)).toMatchObject({ status: 2, stdout: "" });
    expect(outcome(name).stderr).toMatch(says);
    expect(outcome(name).stderr.trimEnd()).not.toContain("\n");
  });

  it("shows both hashes when the file has another one, and leaves no file", async () => {
    const actual = formatHash(digestOf(await file("flag")), "sri");
    expect(outcome("other hash")).toMatchObject({ status: 1, stdout: "" });
    expect(outcome("other hash").stderr).toContain(`hash is ${actual}, not ${HASH} as expected`);
    expect(await readdir(folder)).not.toContain("no.tar");
  });

  it("says what is not there", () => {
    expect(JSON.parse(outcome("not there").stderr).error).toMatchObject({ code: "NOT_FOUND" });
    expect(outcome("no such platform")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /has no image for linux\/s390x; choose .*linux\/amd64, linux\/arm64/,
      ),
    });
  });

  it("takes a hash in every form, and writes to a pipe", async () => {
    const bytes = await file("flag");
    const digest = digestOf(bytes);
    const forms = [
      digest,
      ...(["sri", "base16", "nix32"] as const).map((f) => formatHash(digest, f)),
    ];
    const lines = forms.map((hash, i) =>
      words(`pull -q HOST/app@IMAGE -o DIR/${i}.tar --hash ${hash}`)
    );
    for (const { status } of await outcomes(lines)) expect(status).toBe(0);
    const piped = await spawned(execPath, [
      ...RUN,
      LAUNCHER,
      ...words(`pull -q HOST/app@IMAGE -o - --hash ${digest}`),
    ]);
    expect(piped).toMatchObject({ status: 0, stderr: "" });
    expect(digestOf(Buffer.from(piped.stdout))).toBe(digest);
  });
});

describe("prefetch", () => {
  it("prints the attributes for dockerTools, with the digest of the image", async () => {
    const [{ status, stdout, stderr }] = await outcomes([
      words("pull -q HOST/app@IMAGE -o DIR/v1.tar --final-image-tag v1"),
    ]) as [Outcome];
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    const hash = formatHash(digestOf(await file("v1")), "sri");
    expect(outcome("prefetch")).toEqual({
      status: 0,
      stderr: "",
      stdout: `{
  imageName = "${registry.host}/app";
  imageDigest = "${amd.manifest.descriptor.digest}"; # linux/amd64 of the index ${all}
  hash = "${hash}";
  finalImageName = "${registry.host}/app";
  finalImageTag = "v1";
}
`,
    });
  });

  it("takes nix-prefetch-docker's flags, and prints the older form", () => {
    expect(json("prefetch by flags")).toEqual({
      imageName: `${registry.host}/app`,
      imageDigest: amd.manifest.descriptor.digest,
      sha256: "18lm4n83ah66lw15ha8bkdkv74h7r93a4lb06axgk9w21ksw0had", // skopeo and nix-hash say so, too,
      finalImageName: "app",
      finalImageTag: "2",
      indexDigest: all,
    });
  });

  it("tells of no index where there is none", () => {
    expect(Object.keys(json("prefetch an image"))).toEqual([
      "imageName",
      "imageDigest",
      "hash",
      "finalImageName",
      "finalImageTag",
    ]);
    expect(json("prefetch an image")).toMatchObject({ finalImageTag: "latest" });
    expect(json("prefetch the other").imageDigest).not.toBe(json("prefetch an image").imageDigest);
  });

  it("prints the attributes for nix2container", () => {
    expect(outcome("prefetch a directory")).toMatchObject({ status: 0, stderr: "" });
    expect(outcome("prefetch a directory").stdout.split("\n").slice(3)).toEqual([
      '  sha256 = "sha256-TafXHKqmdJYvRN1Tbi6Jj7NQfw+C591fANOQ90z+dLs=";',
      "}",
      "",
    ]);
  });

  it.each([
    ["prefetch nothing", 2, /prefetch needs NAME/],
    ["prefetch two tags", 2, /The image has two tags: v1 and v2/],
    ["prefetch no tag", 2, /"\S+:\.v2" is not an image reference: a tag has/],
    ["prefetch a final tag", 2, /nix2container's pullImage has no finalImageTag; leave --final-/],
    [
      "prefetch a name with tag",
      2,
      /^nixoci: --final-image-name: "app:2" is not an image's name; /,
    ],
    ["prefetch no digest", 2, /DIGEST: "sha256:x" is not a digest/],
    ["prefetch not there", 1, /^nixoci: Cannot read \S+\/app:v3: .* answers 404: /],
  ])("refuses %s", (name, status, says) => {
    expect(outcome(name)).toMatchObject({ status, stdout: "" });
    expect(outcome(name).stderr).toMatch(says);
  });
});
