/** `nixoci export` beside the kernel's overlayfs, umoci, `docker export` and GNU tar. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import type { Image } from "../../src/image/root.ts";
import { openSink } from "../../transports/mod.ts";
import { exported, type Member, stack } from "../flatten/support/stack.ts";
import { someStack } from "../flatten/support/random-stack.ts";
import { sourceOf } from "../support/images.ts";
import { random } from "../tar/support/random.ts";
import { attempt, run } from "./support/command.ts";
import { nixoci, originOf } from "./support/copying.ts";
import { buildah } from "./support/images/buildah.ts";
import { docker } from "./support/images/docker.ts";
import { umoci } from "./support/images/umoci.ts";
import {
  canMountOverlay,
  withFoldersOfMarks,
  withOverlay,
  withParents,
} from "./support/overlay.ts";
import { lacks, need, peers } from "./support/peers.ts";

const folder = join(peers.env["TMPDIR"]!, "exported");
const isRoot = process.getuid?.() === 0;
const overlays = isRoot && await canMountOverlay(join(folder, "try"));

beforeAll(async () => void await mkdir(folder, { recursive: true }));

/** Every entry below a directory. */
async function facts(root: string): Promise<string[]> {
  const script = fileURLToPath(new URL("support/facts.py", import.meta.url));
  return (await run(["python3", script, root])).split("\n").filter((line) => line !== "");
}

/** Every entry of an archive, as GNU tar unpacks it as root. */
async function factsOfTar(archive: string): Promise<string[]> {
  const root = `${archive}.d`;
  await mkdir(root);
  const keep = ["--numeric-owner", "--xattrs", "--xattrs-include=*"];
  await run(["tar", "-C", root, ...keep, "-xpf", archive]);
  return await facts(root);
}

async function put(image: Image, layout: string): Promise<void> {
  const sink = await openSink(`oci-dir:${layout}:image`);
  try {
    await copy(sourceOf({ image }), sink);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

function stackFrom(seed: number, complete = withParents): Member[][] {
  return someStack(random(seed), { wild: false }).map(complete);
}

/** Compares what we make of the layers with what overlayfs shows. */
async function besideOverlay(
  seed: number,
  layers: Member[][],
  told = (fact: string): string => fact,
): Promise<void> {
  const home = join(folder, `overlay-${seed}`);
  await mkdir(home);
  const archive = join(home, "ours.tar");
  await writeFile(archive, await exported(await stack(layers, "gzip")));
  const ours = (await factsOfTar(archive)).map(told);
  const theirs = (await withOverlay(home, layers, facts)).map(told);
  expect({ seed, layers, facts: ours }).toEqual({ seed, layers, facts: theirs });
  await rm(home, { recursive: true });
}

describe("random stacks of layers", () => {
  test.skipIf(!overlays || lacks("tar"))("are what overlayfs shows of them", async () => {
    for (let seed = 0; seed < 12; seed++) await besideOverlay(seed, stackFrom(seed));
  });

  test.skipIf(!overlays || lacks("tar"))(
    "are that, too, where parents go without saying",
    async () => {
      // For overlayfs, who has something in a folder describes the folder.
      const named = (fact: string) => fact.replace(/(?<= directory) .*/, "");
      for (let seed = 100; seed < 105; seed++) {
        await besideOverlay(seed, stackFrom(seed, withFoldersOfMarks), named);
      }
    },
  );

  test.skipIf(!isRoot || lacks("umoci", "tar"))("are what umoci unpacks", async () => {
    for (let seed = 500; seed < 505; seed++) {
      const home = join(folder, `umoci-${seed}`);
      await mkdir(home);
      const layers = stackFrom(seed);
      const image = await stack(layers, "gzip");
      await put(image, join(home, "layout"));
      const theirs = join(home, "theirs");
      await run(["umoci", "raw", "unpack", "--image", `${join(home, "layout")}:image`, theirs]);
      const archive = join(home, "ours.tar");
      await writeFile(archive, await exported(image));
      expect({ seed, layers, facts: await factsOfTar(archive) })
        .toEqual({ seed, layers, facts: await facts(theirs) });
      await rm(home, { recursive: true });
    }
  });
});

describe("either order of entries", () => {
  /** Folders that nobody may write to, links across layers, what is hidden, what only a link shows. */
  const ODD: Member[][] = [
    [
      { path: "nix/", type: "directory", mode: 0o555, mtime: 1_000_000_000n },
      { path: "nix/store/", type: "directory", mode: 0o555, mtime: 2_000_000_000n },
      { path: "nix/store/low", text: "low", mode: 0o444, mtime: 3_000_000_000n },
      ...["empty/", "first: 1", "second = first", "gone: x", "kept = gone", "dir/", "dir/hidden"],
    ],
    [
      { path: "nix/store/", type: "directory", mode: 0o555, mtime: 4_000_000_000n },
      { path: "nix/store/high", text: "high", mode: 0o444, mtime: 5_000_000_000n },
      { path: "pipe", type: "fifo", mode: 0o600 },
      ...[".wh.gone", "dir/", "dir/.wh..wh..opq", "dir/new -> ../nix", "third: 3"],
    ],
  ];
  const stacks = (): Member[][][] => [ODD, ...[21, 22, 23, 24].map((seed) => stackFrom(seed))];

  async function writeBoth(name: string, layers: Member[][]): Promise<string[]> {
    const image = await stack(layers, "gzip");
    return await Promise.all((["names", "layers"] as const).map(async (order) => {
      const path = join(folder, `${name}-${order}.tar`);
      await writeFile(path, await collectStream(flatten(image, { order }), 1 << 30, path));
      return path;
    }));
  }

  // In the order of layers, even when a folder that may not be written to is that for root, too.
  const BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

  // GNU tar makes links that lead out of their folder last, and then has forgotten the folder's time
  // if the folder was described after the link: so the order of layers is not the usual one.
  const withoutTime = (fact: string) => fact.replace(/( directory \S+ \S+) .*/, "$1");

  test.skipIf(!isRoot || lacks("tar")).for(["tar", "bsdtar"])(
    "is the same tree to %s",
    async (program, { skip }) => {
      const { status } = await attempt(["sh", "-c", `command -v ${program}`]);
      if (status !== 0) return skip(`${program} is missing`);
      for (const [i, layers] of stacks().entries()) {
        const archives = await writeBoth(`order-${program}${i}`, layers);
        const [names, byLayer] = await Promise.all(archives.map(async (archive) => {
          const root = `${archive}.${program}`;
          await mkdir(root);
          const bound = archive === archives[1] ? BOUND : [];
          await run([...bound, program, "-C", root, "--numeric-owner", "-xpf", archive]);
          return (await facts(root)).map(program === "tar" ? withoutTime : (fact) => fact);
        }));
        expect({ layers, facts: byLayer }).toEqual({ layers, facts: names });
        expect(names!.length).toBeGreaterThan(0);
      }
    },
  );

  for (const engine of ["docker", "podman"] as const) {
    test.skipIf(!isRoot || lacks(engine, "docker", "tar"))(
      `is the same tree to ${engine}`,
      async () => {
        const host = ["docker", "--host", need(peers.engines[engine], engine)];
        const archives = await writeBoth(`import-${engine}`, ODD);
        const trees: string[][] = [];
        for (const [i, archive] of archives.entries()) {
          const name = `nixoci-order-${i}`;
          await run([...host, "import", "--change", "CMD /none", archive, name], {
            env: peers.env,
          });
          const container = (await run([...host, "create", name], { env: peers.env })).trim();
          const back = `${archive}.back.tar`;
          await run([...host, "export", "--output", back, container], { env: peers.env });
          await run([...host, "rm", container], { env: peers.env });
          await run([...host, "rmi", name], { env: peers.env });
          const own = /^'(?:\.dockerenv|dev|proc|sys|etc|run)(?:[/'])/;
          trees.push((await factsOfTar(back)).filter((line) => !own.test(line)));
        }
        expect(trees[1]).toEqual(trees[0]);
        expect(trees[0]!.some((line) => line.startsWith("'nix/store/low'"))).toBe(true);
      },
    );
  }
});

describe("images of other tools", () => {
  for (const maker of [docker, buildah, umoci]) {
    test.skipIf(!isRoot || lacks(maker, "umoci", "skopeo", "tar"))(
      `that of ${maker.name} is what umoci unpacks`,
      async () => {
        const layout = join(folder, `${maker.name}-layout`);
        await run(["skopeo", "copy", originOf(maker), `oci:${layout}:image`], { env: peers.env });
        const theirs = join(folder, `${maker.name}-theirs`);
        await run(["umoci", "raw", "unpack", "--image", `${layout}:image`, theirs]);
        const archive = join(folder, `${maker.name}.tar`);
        const { status, stderr } = await nixoci([
          "export",
          `oci-dir:${layout}:image`,
          "-o",
          archive,
        ]);
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        expect(await factsOfTar(archive)).toEqual(await facts(theirs));
      },
    );
  }

  test.skipIf(!isRoot || lacks(docker, "tar"))(
    "that of docker is what docker exports",
    async () => {
      const host = need(peers.engines.docker, "docker");
      const engine = ["docker", "--host", host];
      const origin = originOf(docker);
      const name = origin.replace(/^docker-archive:[^:]*:/, "");
      const theirs = join(folder, "docker-export.tar");
      const container = (await run([...engine, "create", name], { env: peers.env })).trim();
      await run([...engine, "export", "--output", theirs, container], { env: peers.env });
      await run([...engine, "rm", container], { env: peers.env });
      const ours = join(folder, "docker-ours.tar");
      expect((await nixoci(["export", origin, "-o", ours])).stderr).toBe("");
      // What the engine puts into a container: mount points. And it has no times before 1970.
      const own = /^'(?:\.dockerenv|dev|proc|sys|etc|odd\/old)(?:[/'])/;
      const left = (lines: string[]) =>
        lines.filter((line) => !own.test(line)).map((line) => line.replace(/(\d{9})\d{9}\b/, "$1"));
      expect(left(await factsOfTar(ours))).toEqual(left(await factsOfTar(theirs)));
    },
  );
});

describe("the style of dockertools", () => {
  // The command of nixpkgs' exportImage. Its machine has one user, and no group.
  const COMMAND =
    'for it in passwd group nsswitch.conf; do mount --bind "$2/$it" "/etc/$it"; done; ' +
    'exec tar -C "$0" --hard-dereference --sort=name --mtime="@315532800" -cf "$1" .';
  const MACHINE = {
    passwd: "root:x:0:0::/root:/bin/sh\n",
    group: "",
    "nsswitch.conf": "passwd: files\ngroup: files\n",
  };

  test.skipIf(!overlays || lacks("tar"))("is what exportImage writes, byte for byte", async () => {
    const odd: Member[] = [
      { path: `${"deep/".repeat(40)}${"n".repeat(120)}`, text: "long", mode: 0o4755 },
      { path: "long-link", type: "symlink", linkpath: "/x".repeat(80) },
      { path: "größe", text: "not ASCII", uid: 0, mtime: 1_700_000_000_123_456_789n },
      { path: "null", type: "char", devmajor: 1, devminor: 3, mode: 0o666 },
      { path: "pipe", type: "fifo", mode: 0o600 },
      "hard: linked",
      "link = hard",
    ];
    const stacks = [[withParents(odd)], ...[7, 8, 9].map((seed) => stackFrom(seed))];
    for (const [i, layers] of stacks.entries()) {
      const home = join(folder, `nix-${i}`);
      await mkdir(home);
      const theirs = join(home, "theirs.tar");
      for (const [name, text] of Object.entries(MACHINE)) await writeFile(join(home, name), text);
      await withOverlay(
        home,
        layers,
        (mounted) => run(["unshare", "--mount", "sh", "-c", COMMAND, mounted, theirs, home]),
      );
      const ours = join(home, "ours.tar");
      const image = await stack(layers);
      await writeFile(ours, await exported(image, { style: "dockertools" }));
      const known = (await run(["tar", "-tvf", theirs])).split("\n");
      expect((await run(["tar", "-tvf", ours])).split("\n")).toEqual(known);
      await run(["cmp", ours, theirs]);
    }
  });
});
