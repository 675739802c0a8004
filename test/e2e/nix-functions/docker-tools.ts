/** dockerTools' functions and nix2container's: evaluated, built, and compared with theirs. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLayer } from "../../../src/recipe/mod.ts";
import { golden } from "../../recipe/support/parity.ts";
import { run } from "../support/command.ts";
import { nixoci } from "../support/copying.ts";
import { instantiate, listBuilds, readPlan, type Suite } from "./suite.ts";

/** The derivations of each of them, at the least. */
const INSTANTIATED = {
  examples: 66,
  ofDockerTools: 22,
  ofNix2container: 13,
  ofContainerImages: 11,
};

/** Arguments that are wrong, and what is said of them. */
const WRONG = [
  ["unknown", "dockerTools.buildImage: there is no argument nam"],
  ["missing", "dockerTools.streamLayeredImage: the argument name is missing"],
  ["twice", "dockerTools.buildImage: in docker image x: contents and copyToRoot"],
  ["slash", 'dockerTools.buildLayeredImage: tag must be .*, and is "a/b"'],
  ["derivation", "dockerTools.streamNixShellImage: homeDirectory must be .* the derivation hello"],
  ["within", "nix2container.buildImage: copyToRoot: .* lies within a store path"],
  ["compressor", "dockerTools.buildImage: compressor must be none, gz or zstd"],
  ["layers", "dockerTools.streamLayeredImage: maxLayers must be greater than 1"],
  ["hashes", "dockerTools.pullImage: hash and sha256 say the same"],
  ["darwin", "dockerTools.buildImage: copyToRoot: hello-2.12 is a package for aarch64-darwin"],
  ["scripts", "dockerTools.streamLayeredImage: fakeRootCommands runs in Linux's namespaces"],
  ["chroot", "dockerTools.streamLayeredImage: enableFakechroot runs in Linux's namespaces"],
  ["lock", "nixoci.lib.fromLock: the lock has no image of docker.io/library/alpine"],
  ["part", "dockerTools.mkPureLayer: .* take buildImage with copyToRoot and extraCommands"],
  ["tests", "dockerTools.tests: are virtual machines"],
  ["examples", "dockerTools.examples: are nixpkgs' .*, and are not found"],
  ["nix2containers", "nix2container.buildImage: there is no argument copyToRot; there are "],
  ["slashed", 'nix2container.buildImage: tag must be .*, and is "a/b"'],
  ["both", "nix2container.buildLayer: contents and copyToRoot are two names of one thing"],
  ["place", "nix2container.pullImageFromManifest: imageManifest must be a store path, .* type set"],
  ["text", "dockerTools.buildImage: copyToRoot: /etc is a text without a derivation behind it"],
  [
    "relative",
    'dockerTools.streamLayeredImage: fromImage must be a store path, .* and is "alpine"',
  ],
  ["number", "dockerTools.streamLayeredImage: uid must be a whole number, .* and is -1"],
  ["pipeline", "dockerTools.buildLayeredImage: layeringPipeline must be a list of steps"],
  ["lockTag", "fromLock: alpine is one of docker.io/library/alpine:3.20, .*3.21; name the tag"],
  [
    "lockPlatform",
    "debian:12 is not locked for linux/s390x, but for linux/amd64, linux/arm64; run",
  ],
  ["lockFile", "nixoci.lib.fromLock: the lock must be a store path, .* is a value of type set"],
  ["tarsum", "dockerTools.tarsum: is nixpkgs' program"],
  ["inherited", "dockerTools.buildImage: inheritConfig must be none, env or all or null"],
] as const;

/** What nixpkgs has in its set, since it has one. */
// deno-fmt-ignore
const SET = ["binSh", "buildImage", "buildImageWithNixDb", "buildLayeredImage",
  "buildLayeredImageWithNixDb", "buildNixShellImage", "caCertificates", "examples", "exportImage",
  "fakeNss", "mergeDrvs", "mergeImages", "mkPureLayer", "mkRootLayer", "pullImage",
  "runWithOverlay", "shadowSetup", "shellScript", "streamLayeredImage", "streamNixShellImage",
  "tarsum", "tests", "usrBinEnv"];

/** An empty folder that GNU tar packs. */
const NOTHING = {
  style: "dockertools",
  packer: "gnu-tar",
  paths: [],
  mtime: 315_532_800,
} as const;

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Tests of them. */
export function testDockerTools(suite: () => Suite): void {
  test("evaluate every example of nixpkgs, and every documented snippet", async () => {
    for (const [attribute, least] of Object.entries(INSTANTIATED)) {
      const printed = await instantiate(suite(), [attribute]);
      expect(printed.trim().split("\n").length, attribute).toBeGreaterThanOrEqual(least);
    }
  });

  test("have the attributes that modules and composers read", async () => {
    expect(await suite().evaluate("attributes")).toMatchObject({
      stream: {
        isExe: true,
        imageName: "nginx-container",
        imageTag: "latest",
        conf: "nginx-container-conf.json",
        program: "stream-nginx-container",
      },
      archive: { name: "bash-no-tag-layered.tar.gz", exe: false, tag: 32 },
      image: {
        name: "docker-image-redis.tar.gz",
        args: ["config", "copyToRoot", "fromImage", "meta", "name", "runAsRoot", "tag"],
        exe: false,
      },
      overridden: "mine",
      overriddenAttrs: "other",
      converted: { imageName: "converted", name: "image-Converted.json", context: false },
      required: ["name"],
      layers: [{ maxLayers: 3 }],
      single: { layers: [], singleLayer: true },
      set: SET,
      overlaid: "docker-image-x.tar.gz",
      locked: ["12", "3.20", "3.21"],
      local: true,
      kvm: false,
    });
  });

  test("are made on macOS of packages for Linux", async () => {
    expect(await suite().evaluate("darwin")).toEqual({
      archive: "aarch64-darwin",
      plan: "aarch64-darwin",
      app: "aarch64-darwin",
      joined: "aarch64-darwin",
      contents: "aarch64-linux",
      architecture: "arm64",
    });
  });

  test("name what is wrong at evaluation", async () => {
    await suite().fail(WRONG.map(([name, message]) => [`wrong.${name}`, message]));
  });

  test("build images whose layers have the bytes of dockerTools and nix2container", async () => {
    const [mine, users, layers] = await suite().build("asDockerTools", "asUser", "asNix2container");
    const recorded = golden("dockertools-layers.json").layers;
    for (const [file, uid] of [[mine, 0], [users, 1000]] as const) {
      const { layers } = await readPlan(file!);
      const known = recorded.filter((one: { uid: number }) => one.uid === uid);
      const digests = known.map((one: { diffId: string }) => one.diffId);
      expect(layers.length).toBeGreaterThan(3);
      // Nothing is at the root, and dockerTools packs that, too.
      expect(layers.pop().digest).toBe((await createLayer(NOTHING)).diffId);
      for (const { digest } of layers) expect(digests).toContain(digest);
    }
    const [{ layers: expected }] = golden("nix2container-layers.json").runs;
    const [made] = await readPlan(join(layers!, "layers.json"));
    expect(made).toMatchObject({ digest: expected[0].digest, paths: expected[0].paths });
  });

  test("build one layer for buildImage, with the bytes that nixpkgs' commands make", async () => {
    const cases: string[] = await suite().evaluate("oneLayer.names");
    const built = await suite().build("oneLayer.mine", "oneLayer.theirs");
    expect(built).toHaveLength(2 * cases.length);
    for (const [i, name] of cases.entries()) {
      const { layers } = await readPlan(built[i]!);
      const theirs = await readFile(built[cases.length + i]!);
      expect(layers.at(-1).digest, name).toBe(digestOf(theirs));
    }
  });

  test("build in Nix's sandbox what nix2container has", async () => {
    await suite().build("converted");
  });

  test("keep owners that scripts set", async () => {
    const { root } = suite();
    // In a sandbox fakeroot keeps them, of a bash that loads the C library; ours is static.
    const owned = "examples.layeredImageWithFakeRootCommands";
    const file = "/repo/test/nix-functions/suite.nix";
    const args = ["--option", "sandbox", "false", "--no-out-link", file];
    const both = ["-A", owned, "-A", "examples.mergedBashFakeRoot"];
    const [built] = (await root.nix("nix-build", ...args, ...both)).trim().split("\n");
    const path = join(root.folder, built!);
    const exported = join(root.folder, "build/owned.tar");
    await nixoci(["export", `docker-archive:${path}`, "-o", exported]);
    expect(await run(["tar", "-tvf", exported, "--numeric-owner"])).toMatch(
      / 1000\/0 .* home\/alice/,
    );
  });

  test("build a leaf, its data and the plan anew when a leaf changes", async () => {
    await suite().build("changed.plan");
    const again = ["--argstr", "leaf", "Hello again"];
    const builds = await listBuilds(suite(), "-A", "changed.plan", ...again);
    expect(builds.sort()).toEqual(["changed-conf.json", "layer-data-leaf", "leaf"]);
    // What depends on a library is built anew with it, as always with Nix; coreutils' data is not.
    const shared = await listBuilds(suite(), "-A", "changed.plan", "--argstr", "library", "other");
    expect(shared.sort()).toEqual(
      ["changed-conf.json", "layer-data-leaf", "layer-data-other", "leaf", "library", "other"],
    );
  });
}
