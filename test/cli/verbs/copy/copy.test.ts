/** The verbs that read and copy, on an image in a layout. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy, type CopyResult } from "../../../../src/copy/copy.ts";
import { openSink } from "../../../../transports/mod.ts";
import { image } from "../../../support/images.ts";
import { type Outcome, outcomes } from "../../run.ts";

let folder: string;
let digest: string;
let manifest: string;
let config: string;
const seen = new Map<string, Outcome>();

/** Each line has a name; `IN` and `OUT` in it are the folders. They run in this order. */
const LINES: Readonly<Record<string, string>> = {
  copy: "copy oci-dir:IN oci-dir:OUT/one:first",
  again: "copy oci-dir:IN oci-dir:OUT/one:first",
  quiet: "copy -q oci-dir:IN oci-dir:OUT/quiet --digest-file OUT/digest",
  "dry quiet": "copy -q --dry-run oci-dir:IN oci-dir:OUT/dry --digest-file OUT/dry-digest",
  "no folder": "copy -q oci-dir:IN oci-dir:OUT/unmade --digest-file OUT/nope/digest",
  "long name": `copy -q oci-dir:IN oci-dir:OUT/unmade --digest-file OUT/${"n".repeat(300)}`,
  "a folder": "copy -q oci-dir:IN oci-dir:OUT/unmade --digest-file OUT",
  "full disk": "copy -q oci-dir:IN oci-dir:OUT/quiet --digest-file /dev/full",
  json: "copy --json --progress json oci-dir:IN oci-dir:OUT/json:a",
  dry: "copy --dry-run oci-dir:IN oci-dir:OUT/dry",
  "dry json": "copy --dry-run --json oci-dir:IN oci-dir:OUT/dry",
  "go's booleans":
    "copy -q --tls-verify=false --all=true --dry-run=false oci-dir:IN oci-dir:OUT/go",
  pinned: `copy -q --digest sha256:${"0".repeat(64)} oci-dir:IN oci-dir:OUT/pinned`,
  missing: "copy oci-dir:IN:nope oci-dir:OUT/missing",
  "no source": "copy --json oci-dir:OUT/none oci-dir:OUT/missing",
  "no source archive": "copy --json docker-archive:OUT/none.tar oci-dir:OUT/missing",
  "no destination": "copy --json oci-dir:IN docker-archive:OUT/none/a.tar:a",
  "no engine": "copy --json oci-dir:IN daemon:app --host unix:///nope/docker.sock",
  "missing debug": "copy --debug oci-dir:IN:nope oci-dir:OUT/missing",
  zstd: "copy -q --compress zstd --compress-level 3 oci-dir:IN oci-dir:OUT/zstd",
  "inspect zstd": "inspect --raw oci-dir:OUT/zstd",
  docker: "copy -q --format docker oci-dir:OUT/zstd oci-dir:OUT/docker --compress gzip",
  "inspect docker": "inspect --raw oci-dir:OUT/docker",
  inspect: "inspect oci-dir:IN",
  "inspect json": "inspect --json oci-dir:IN",
  "inspect raw": "inspect --raw oci-dir:IN",
  "inspect config": "inspect --config oci-dir:IN",
  digest: "digest oci-dir:IN",
  "digest json": "digest --json oci-dir:IN",
  ls: "ls oci-dir:IN",
  "ls long": "ls -l oci-dir:IN /etc",
  "ls json": "ls --json oci-dir:IN etc/motd",
  "ls missing": "ls oci-dir:IN /nope",
  "two names": "copy -q oci-dir:IN oci-dir:OUT/named:one --dest-tag two",
  "tags of a layout": "tags oci-dir:OUT/named",
  "tags json": "tags --json oci-dir:OUT/named",
  "tags of one": "tags oci-dir:OUT/named:one",
  "tags unnamed": "tags --json oci-dir:IN",
  "inspect several": "inspect oci-dir:OUT/named",
  "inspect several json": "inspect --json oci-dir:OUT/named",
  "to an archive": "copy --json --progress none oci-dir:IN docker-archive:OUT/a.tar:app:1",
  "archive to archive":
    "copy --json --progress none --all docker-archive:OUT/a.tar docker-archive:OUT/b.tar",
  "tags of an archive": "tags docker-archive:OUT/b.tar",
  "scoped into a layout": "copy -q --all --scoped docker-archive:OUT/a.tar oci-dir:OUT/scoped",
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixoci-test-"));
  const root = await image({
    layers: [{ "etc/motd": "hello\n", "bin/evil\x1b[2J": "x" }, { "etc/issue": "nixoci\n" }],
    config: { Cmd: ["/bin/sh", "-c", "echo hi"], Env: ["PATH=/bin"], Labels: { "a\nb": "c" } },
  });
  digest = root.manifest.descriptor.digest;
  const sink = await openSink(`oci-dir:${folder}/in`);
  const source = { resolve: () => Promise.resolve(root), async [Symbol.asyncDispose]() {} };
  await copy(source, sink);
  await sink[Symbol.asyncDispose]();
  const blob = (digest: string) =>
    readFile(join(folder, "in/blobs", digest.replace(":", "/")), "utf8");
  manifest = await blob(digest);
  config = await blob(root.config.descriptor.digest);
  const names = Object.keys(LINES);
  const all = await outcomes(
    names.map((name) =>
      LINES[name]!.replaceAll("IN", `${folder}/in`).replaceAll("OUT", folder).split(" ")
    ),
  );
  names.forEach((name, i) => seen.set(name, all[i]!));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const outcome = (name: string) => seen.get(name)!;
const without = (text: string) => text.replaceAll(folder, "");

describe("copy", () => {
  it.each([
    ["no source", "source"],
    ["no source archive", "source"],
    ["no destination", "destination"],
    ["no engine", "destination"],
  ])("says the side of a place that cannot be opened: %s", (line, side) => {
    const { status, stderr } = seen.get(line)!;
    expect(status).toBe(1);
    expect(JSON.parse(stderr.trim().split("\n").at(-1)!).error.side).toBe(side);
  });

  it("prints the digest, and progress on stderr", () => {
    const { status, stdout, stderr } = outcome("copy");
    expect([status, stdout]).toEqual([0, `${digest}\n`]);
    expect(stderr).toMatch(/^copying 3 blobs, .*\n(layer \w{12} .*\n){2}copied 3 blobs, .*\n$/);
    expect(outcome("again").stderr).toMatch(
      /^copying .*\ncopied 0 blobs, .* \(3 there before\)\n$/,
    );
  });

  it("can be quiet, and keep the digest in a file", async () => {
    expect(outcome("quiet")).toEqual({ status: 0, stdout: `${digest}\n`, stderr: "" });
    expect(await readFile(join(folder, "digest"), "utf8")).toBe(digest);
  });

  it("knows before it copies that the file for the digest cannot be written", async () => {
    expect(without(outcome("no folder").stderr)).toBe(
      "nixoci: Cannot write the digest to /nope/digest: no such file or directory\n",
    );
    expect(outcome("long name").stderr).toMatch(
      /^nixoci: Cannot write the digest to \S+: the path is too long\n$/,
    );
    expect(outcome("a folder")).toMatchObject({ status: 2, stdout: "" });
    await expect(readFile(join(folder, "unmade/index.json"))).rejects.toThrow("ENOENT");
    expect(outcome("dry quiet").status).toBe(0);
    await expect(readFile(join(folder, "dry-digest"))).rejects.toThrow("ENOENT");
  });

  it("prints the digest also when it cannot be kept", () => {
    expect(outcome("full disk")).toMatchObject({ status: 1, stdout: `${digest}\n` });
    expect(outcome("full disk").stderr).toMatch(
      /^nixoci: Cannot write the digest to \/dev\/full: no space left/,
    );
  });

  it("speaks JSON", () => {
    const { stdout, stderr } = outcome("json");
    expect(JSON.parse(stdout)).toMatchObject({ images: [{ descriptor: { digest } }] });
    const events = stderr.trimEnd().split("\n").map((line) => JSON.parse(line).type);
    expect(events[0]).toBe("plan");
    expect(events.at(-1)).toBe("committed");
  });

  it("says what would move, and moves nothing", async () => {
    const { stdout, stderr } = outcome("dry");
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^(would move {2}(layer|config) {2,}sha256:\w{64} .*\n){3}would move 3 blobs, .*; 0 there already\n$/,
    );
    const plan = JSON.parse(outcome("dry json").stdout);
    expect(plan.images[0].descriptor.digest).toBe(digest);
    expect(plan.blobs.map(({ moves }: { moves: boolean }) => moves)).toEqual([true, true, true]);
    await expect(readFile(join(folder, "dry/index.json"))).rejects.toThrow("ENOENT");
  });

  it("understands booleans as Go's flags have them", () => {
    expect(outcome("go's booleans")).toMatchObject({ status: 0, stderr: "" });
  });

  it("says what it could not do, to what, and what to do", () => {
    expect(outcome("pinned")).toMatchObject({ status: 1, stdout: "" });
    expect(without(outcome("pinned").stderr)).toMatch(
      /^nixoci: Cannot copy oci-dir:\/in to oci-dir:\/pinned: \/in has no image "sha256:0+"; .*\n$/,
    );
    expect(without(outcome("missing").stderr)).toMatch(
      /^nixoci: Cannot copy oci-dir:\/in:nope to oci-dir:\/missing: \/in has no image "nope"; .*\n$/,
    );
    expect(outcome("missing debug").stderr).toContain("\n  caused by: NixociError: ");
  });

  it("changes compression and format when told to", () => {
    const types = (name: string) => {
      const { mediaType, layers } = JSON.parse(outcome(name).stdout);
      return [mediaType, ...layers.map((layer: { mediaType: string }) => layer.mediaType)];
    };
    expect(types("inspect zstd")).toEqual([
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.oci.image.layer.v1.tar+zstd",
      "application/vnd.oci.image.layer.v1.tar+zstd",
    ]);
    expect(types("inspect docker")).toEqual([
      "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ]);
  });
});

describe("the verbs that read", () => {
  it("inspect, for people", () => {
    const lines = outcome("inspect").stdout.split("\n");
    expect(lines[0]).toBe(`image       ${digest}`);
    expect(lines).toContain('command     /bin/sh -c "echo hi"');
    expect(lines).toContain("  a\\nb=c");
    expect(lines.filter((line) => line.startsWith("  sha256:"))).toHaveLength(2);
  });

  it("inspect, for programs", () => {
    expect(JSON.parse(outcome("inspect json").stdout)).toMatchObject({ kind: "image", digest });
    expect(outcome("inspect raw").stdout).toBe(manifest);
    expect(outcome("inspect config").stdout).toBe(config);
  });

  it("digest", () => {
    expect(outcome("digest").stdout).toBe(`${digest}\n`);
    expect(JSON.parse(outcome("digest json").stdout)).toMatchObject({ digest });
  });

  it("ls", () => {
    expect(outcome("ls").stdout.split("\n")).toEqual([
      "/bin",
      "/bin/evil\\x1b[2J",
      "/etc",
      "/etc/issue",
      "/etc/motd",
      "",
    ]);
    expect(outcome("ls long").stdout.split("\n")).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 0 1970-01-01 00:00 \/etc$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 7 1970-01-01 00:00 \/etc\/issue$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 6 1970-01-01 00:00 \/etc\/motd$/),
      "",
    ]);
    expect(JSON.parse(outcome("ls json").stdout)).toMatchObject([{ path: "/etc/motd", size: 6 }]);
    expect(without(outcome("ls missing").stderr)).toMatch(
      /^nixoci: Cannot list oci-dir:\/in: .*\n$/,
    );
  });
});

describe("names", () => {
  it("of layouts and archives are listed", () => {
    expect(outcome("two names").status).toBe(0);
    expect(outcome("tags of a layout").stdout).toBe("one\ntwo\n");
    expect(JSON.parse(outcome("tags json").stdout)).toEqual({
      place: `oci-dir:${folder}/named`,
      tags: ["one", "two"],
      unnamed: [],
    });
    expect(outcome("tags of one")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`write nixoci tags oci-dir:${folder}/named\n`),
    });
    expect(JSON.parse(outcome("tags unnamed").stdout)).toMatchObject({
      tags: [],
      unnamed: [digest],
    });
    expect(outcome("tags of an archive").stdout).toBe("app:1\n");
  });

  it("are shown by inspect where it could be any of several", () => {
    expect(outcome("inspect several").stdout).toBe(`images\n  ${digest}  one, two\n`);
    expect(JSON.parse(outcome("inspect several json").stdout)).toEqual({
      kind: "images",
      images: [{ id: digest, names: ["one", "two"] }],
    });
  });

  it("that an image has at its destination are said", () => {
    for (
      const [name, names] of [
        ["json", ["a"]],
        ["to an archive", ["docker.io/library/app:1"]],
        ["archive to archive", ["docker.io/library/app:1"]],
      ] as const
    ) {
      const { images } = JSON.parse(outcome(name).stdout) as CopyResult;
      expect(images.map(({ references }) => references)).toEqual([names]);
    }
  });

  it("go below a repository, and nothing else, with --scoped", () => {
    expect(outcome("scoped into a layout")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--scoped is for repositories, not oci-dir:"),
    });
  });
});
