/**
 * Images from a real Nix store, loaded and run: the cases of nixpkgs' own test of dockerTools
 * (nixos/tests/docker-tools.nix), as far as they are not about scripts, Nix's database in the image,
 * or merging; docs/build.md says which these are.
 */
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { copy } from "../../src/copy/copy.ts";
import type { Image } from "../../src/image/root.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { makeSmallStore, removeNixStore, type SmallStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";

let store: SmallStore;
let folder: string;
let number = 0;

const docker = (...args: string[]) => run(["docker", "--host", peers.engines.docker!, ...args]);

/** What a container of the image prints. */
const printed = (name: string, ...command: string[]) =>
  docker("run", "--rm", "--network", "none", name, ...command);

/** Builds the image and has Docker load it. */
async function loaded(spec: Spec, name = `e2e-build-${number++}`): Promise<string> {
  await put(await built(spec), `daemon:${name}`);
  return name;
}

async function built(spec: Spec): Promise<Image> {
  const { image } = await build({ store: store.root, ...spec }, {
    folder,
    ...(spec.fromImage && { base: await baseOf(spec.fromImage) }),
  });
  return image;
}

const opened: AsyncDisposable[] = [];

async function baseOf(reference: string) {
  const source = await openSource(reference);
  opened.push(source);
  return { image: await source.resolve() as Image, reference };
}

async function put(image: Image, reference: string): Promise<void> {
  const sink = await openSink(reference, { host: peers.engines.docker! });
  try {
    const from = {
      synthetic: true,
      resolve: () => Promise.resolve(image),
      async [Symbol.asyncDispose]() {},
    };
    await copy(from, sink);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

/** What Docker says of an image. */
async function inspected(name: string) {
  const [image] = JSON.parse(await docker("image", "inspect", name));
  return image as {
    Architecture: string;
    Config: { Env: string[] };
    Created: string;
    RepoTags: string[];
    RootFS: { Layers: string[] };
  };
}

/** An image that is a base for others. */
async function base(spec: Spec): Promise<string> {
  const reference = `oci-dir:${folder}/base-${number++}`;
  await put(await built(spec), reference);
  return reference;
}

/** A folder of files, to be copied to an image's root. */
async function files(contents: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(folder, "root-"));
  for (const [name, text] of Object.entries(contents)) {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

/** A folder with this machine's Nix and the libraries that it needs. */
async function nixItself(): Promise<string> {
  const root = await mkdtemp(join(folder, "root-"));
  const nix = (await run(["sh", "-c", "realpath $(command -v nix-store)"])).trim();
  const libraries = (await run(["ldd", nix])).matchAll(/(\/\S+) \(0x/g);
  for (const file of [nix, ...[...libraries].map(([, file]) => file!)]) {
    await run(["cp", "--parents", "--dereference", file, root]);
  }
  await mkdir(join(root, "bin"), { recursive: true });
  await symlink(nix, join(root, "bin/nix-store"));
  return root;
}

const layersOf = async (name: string) => (await inspected(name)).RootFS.Layers;

describe.skipIf(lacks("docker", "nix", "busybox", "root"))("images from a Nix store", () => {
  /** What runs in images that are asked for nothing else. */
  let shell: string;
  let hello: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "build-"));
    store = await makeSmallStore(join(folder, "store"));
    shell = `${store.busybox}/bin/sh`;
    hello = [`${store.hello}/bin/hello`];
  });

  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
    await removeNixStore(store.root);
  });

  describe.each(["dockertools", "nix2container"] as const)("in the style of %s", (style) => {
    test("run, with all that their config names", async () => {
      const name = await loaded({ style, config: { Cmd: [...hello] }, maxLayers: 10 });
      expect(await printed(name)).toBe("hello from data\n");
    });

    test("run with as few layers as can be, and nothing is missed", async () => {
      const maxLayers = style === "dockertools" ? 2 : 1;
      const name = await loaded({ style, config: { Cmd: [...hello] }, maxLayers });
      expect(await printed(name)).toBe("hello from data\n");
      expect((await layersOf(name)).length).toBe(1);
    });

    test("run as users other than root", async () => {
      const name = await loaded({ style, config: { Cmd: [...hello], User: "1000:1000" } });
      expect(await printed(name)).toBe("hello from data\n");
      const modes = await printed(
        name,
        `${store.busybox}/bin/busybox`,
        "stat",
        "-c%a %u",
        "/nix",
        "/nix/store",
      );
      expect(modes).toBe("755 0\n755 0\n");
    });

    test("keep store paths as they are: Nix in a container finds them unchanged", async () => {
      const root = await nixItself();
      const all = [store.busybox, store.data, store.hello];
      await writeFile(join(root, "registration"), await store.nixStore("--dump-db", ...all));
      const name = await loaded({ style, deps: store.hello, copyToRoot: root, maxLayers: 10 });
      const script = "nix-store --load-db < /registration && nix-store --verify --check-contents";
      const verify = [
        "run",
        "--rm",
        "--network",
        "none",
        "--env=PATH=/bin",
        "--env=USER=root",
        name,
      ];
      const { status, stderr } = await attempt(
        ["docker", "--host", peers.engines.docker!, ...verify, shell, "-c", script],
      );
      expect(stderr).toContain("checking");
      expect(stderr).not.toMatch(/error|modified|disappeared/);
      expect(status).toBe(0);
    });

    test("keep links in the store", async () => {
      const link = await store.add(
        `alias-${style}`,
        [store.hello],
        (real) => symlink(store.hello, real),
      );
      await store.register();
      const name = await loaded({ style, deps: link, config: { Cmd: [`${link}/bin/hello`] } });
      expect(await printed(name)).toBe("hello from data\n");
      const readlink = [`${store.busybox}/bin/busybox`, "readlink", link];
      expect(await printed(name, ...readlink)).toBe(`${store.hello}\n`);
    });

    test("have permissions and owners of files that the store cannot have", async () => {
      const root = await files({ "home/jane/notes": "x", "bin/tool": "y" });
      const perms = [{ path: root, regex: "/home/jane", mode: "0700", uid: 1000, gid: 100 }];
      const name = await loaded({ style, deps: store.busybox, copyToRoot: root, perms });
      const stat = [`${store.busybox}/bin/busybox`, "stat", "-c%a %u:%g", "/home/jane", "/bin"];
      expect(await printed(name, ...stat)).toBe("700 1000:100\n755 0:0\n");
    });

    test("share layers", async () => {
      const one = await loaded({ style, deps: store.hello, maxLayers: 10 });
      const other = await loaded({ style, deps: store.data, maxLayers: 10 });
      const layers = new Set(await layersOf(one));
      expect((await layersOf(other)).filter((layer) => layers.has(layer)).length).toBe(2);
    });

    test("stand on others, whose store paths they do not repeat", async () => {
      const fromImage = await base({ style, deps: store.data });
      const own: Spec = { style, fromImage, config: { Cmd: [...hello] } };
      const image = await built(own);
      const below = (await baseOf(fromImage)).image.layers.length;
      expect(image.layers.length).toBe(below + 1);
      expect(await printed(await loaded(own))).toBe("hello from data\n");
    });
  });

  test("are from 1970 unless they are of now", async () => {
    const old = await inspected(await loaded({ deps: store.busybox }));
    expect(old.Created).toBe("1970-01-01T00:00:01Z");
    const young = await inspected(await loaded({ deps: store.busybox, created: "now" }));
    expect(Date.parse(young.Created)).toBeGreaterThan(Date.parse("2020-01-01"));
  });

  test("without store paths run where the store is mounted, and have none themselves", async () => {
    const root = await files({ "etc/motd": "hi" });
    const spec: Spec = {
      copyToRoot: [root, store.hello],
      includeStorePaths: false,
      config: { Cmd: ["/bin/hello"] },
    };
    const name = await loaded(spec);
    expect((await attempt(["docker", "--host", peers.engines.docker!, "run", "--rm", name])).status)
      .not.toBe(0);
    const volume = `${store.root}/nix/store:/nix/store:ro`;
    expect(await docker("run", "--rm", "--network", "none", "--volume", volume, name)).toBe(
      "hello from data\n",
    );
  });

  test("need no store at all", async () => {
    const busybox = await mkdtemp(join(folder, "root-"));
    await run(["cp", "-r", store.real(store.busybox) + "/bin", busybox]);
    const spec: Spec = { copyToRoot: busybox, store: "/nowhere", config: { Cmd: ["/bin/sh"] } };
    const name = await loaded(spec);
    expect(await printed(name, "/bin/busybox", "ls", "/")).not.toContain("nix");
  });

  test("have their layers in the order that was given", async () => {
    const layer = async (text: string) => ({ copyToRoot: await files({ "tmp/who": text }) });
    const spec: Spec = {
      deps: store.busybox,
      layers: [{ ...await layer("second"), layers: [await layer("first")] }, await layer("third")],
    };
    const cat = [`${store.busybox}/bin/cat`, "/tmp/who"];
    expect(await printed(await loaded(spec), ...cat)).toBe("third");
    const copyToRoot = await files({ "tmp/who": "last" });
    expect(await printed(await loaded({ ...spec, copyToRoot }), ...cat)).toBe("last");
  });

  test("inherit variables, each once, the last one winning", async () => {
    const fromImage = await base({
      deps: store.busybox,
      config: { Env: ["FROM_PARENT=true", "LAST_LAYER=parent"] },
    });
    const name = await loaded({
      fromImage,
      config: { Env: ["FROM_CHILD=true", "LAST_LAYER=child"] },
    });
    const env = (await printed(name, `${store.busybox}/bin/busybox`, "env")).split("\n");
    expect(env).toEqual(
      expect.arrayContaining(["FROM_PARENT=true", "FROM_CHILD=true", "LAST_LAYER=child"]),
    );
    const { Config } = await inspected(name);
    expect(Config.Env.filter((one) => one.startsWith("LAST_LAYER"))).toEqual(["LAST_LAYER=child"]);
  });

  test("have as many layers as they may with those of the base", async () => {
    const fromImage = await base({ copyToRoot: [await files({ a: "1" })], deps: store.busybox });
    const name = await loaded({
      fromImage,
      copyToRoot: await files({ b: "2" }),
      config: { Cmd: [...hello] },
      maxLayers: 4,
    });
    expect((await layersOf(name)).length).toBe(4);
    expect(await printed(name)).toBe("hello from data\n");
  });

  test("may be for another architecture", async () => {
    const name = await loaded({ deps: store.busybox, architecture: "arm64" });
    expect((await inspected(name)).Architecture).toBe("arm64");
  });

  describe("on the command line", () => {
    const words = (...more: string[]) => ["build", "-q", "--store", store.root, ...more];

    test("go through a pipe into docker load, and are called by what is in them", async () => {
      const spec = join(folder, "piped.json");
      await writeFile(spec, JSON.stringify({ name: "Piped/App", config: { cmd: [...hello] } }));
      const command = nixociCommand(...words(spec, "docker-archive:-"));
      const quoted = command.map((word) => `'${word}'`).join(" ");
      const load = `docker --host ${peers.engines.docker} load`;
      const said = await run(["sh", "-c", `${quoted} | ${load}`], peers);
      const [, name = ""] = /(piped\/app:[0-9a-df-np-sv-z]{32})\n/.exec(said) ?? [];
      expect(await printed(name)).toBe("hello from data\n");
      const again = await nixoci([
        "plan",
        "--json",
        "-o",
        join(folder, "image.json"),
        spec,
        "--store",
        store.root,
      ]);
      expect(JSON.parse(again.stdout.toString()).name).toBe(name);
    });

    test.skipIf(lacks("registry", "skopeo"))(
      "go to a registry, and later only what is new does",
      async () => {
        const { host } = peers.registries.plain!;
        const destination = `registry:${host}/built/app:1`;
        const push = async (...more: string[]) => {
          const { status, stdout, stderr } = await nixoci(
            words("--json", "--path", store.hello, ...more, "--dest-tls-verify=false", destination),
          );
          expect([status, stderr]).toEqual([0, ""]);
          return JSON.parse(stdout.toString());
        };
        expect((await push()).blobs).toMatchObject({ moved: 4 }); // three layers and the config
        expect((await push()).blobs).toMatchObject({ moved: 0 });
        const changed = await files({ "etc/motd": "new" });
        expect((await push("--copy-to-root", changed)).blobs).toMatchObject({ moved: 2 });
        const skopeo = ["skopeo", "inspect", "--tls-verify=false", "--config"];
        const config = JSON.parse(await run([...skopeo, `docker://${host}/built/app:1`], peers));
        expect(config.rootfs.diff_ids.length).toBe(4);
      },
    );

    test.skipIf(lacks("skopeo"))("are what skopeo reads", async () => {
      const archive = join(folder, "skopeo.tar");
      const layout = join(folder, "skopeo");
      for (const place of [`docker-archive:${archive}`, `oci-dir:${layout}:app`]) {
        const { status, stderr } = await nixoci(words("--path", store.hello, place));
        expect([status, stderr]).toEqual([0, ""]);
      }
      const read = async (place: string) =>
        JSON.parse(await run(["skopeo", "inspect", "--config", place], peers)).rootfs.diff_ids;
      expect(await read(`docker-archive:${archive}`)).toEqual(await read(`oci:${layout}:app`));
      const copied = join(folder, "by-skopeo");
      await run(["skopeo", "copy", `docker-archive:${archive}`, `dir:${copied}`], peers);
    });

    test.skipIf(lacks("podman"))("are loaded by podman from an archive", async () => {
      const archive = join(folder, "podman.tar");
      await nixoci(words("--path", store.hello, `docker-archive:${archive}:labelled:1`));
      expect((await run(["tar", "-tf", archive], peers)).split("\n")[0]).toMatch(
        /^1-[0-9a-f]{32}.tar$/,
      );
      const podman = ["podman", "--url", peers.engines.podman!];
      const loaded = await run([...podman, "load", "--input", archive], peers);
      expect(loaded).toMatch(/^Loaded image: .*labelled:1/);
    });

    test.skipIf(lacks("crane"))("are whole archives to crane", async () => {
      const archive = join(folder, "crane.tar");
      await nixoci(words("--path", store.hello, `docker-archive:${archive}:labelled:1`));
      expect(await run(["crane", "validate", "--tarball", archive], peers)).toContain("PASS");
    });

    test("run as the examples of the README and of docs/build.md have it", async () => {
      const root = await mkdtemp(join(folder, "readme-"));
      await mkdir(join(root, "rootfs/bin"), { recursive: true });
      const busybox = `${store.real(store.busybox)}/bin/busybox`;
      await run(["cp", busybox, join(root, "rootfs/bin/sh")]);
      await writeFile(join(root, "rootfs/bin/app"), "#!/bin/sh\necho app\n", { mode: 0o755 });
      const pages = ["README.md", "docs/build.md"].map((page) =>
        readFileSync(new URL(`../../${page}`, import.meta.url), "utf8")
      );
      const lines = pages.flatMap((page) => page.match(/^nixoci build --.*daemon:\w+/gm) ?? []);
      expect(lines.length).toBe(5);
      await mkdir(join(root, "etc-root/etc"), { recursive: true });
      for (const line of lines) {
        const name = `e2e-build-${number++}`;
        const shown = line.replace("$(nix-build -A hello)", store.hello)
          .replace(/daemon:\w+/, `daemon:${name} --dest-host ${peers.engines.docker}`);
        const command = nixociCommand(...shown.split(" ").slice(1), "-q", "--store", store.root);
        await run(
          ["sh", "-c", `cd '${root}' && ${command.map((one) => `'${one}'`).join(" ")}`],
          peers,
        );
        expect(await printed(name)).toBe(line.includes("hello") ? "hello from data\n" : "app\n");
      }
    });

    test("say what does not fit, in a line", async () => {
      const { status, stderr } = await nixoci(
        words("--path", store.hello, "--max-layers", "1", `oci-dir:${folder}/none`),
      );
      expect(status).toBe(2);
      expect(stderr).toMatch(/^nixoci: maxLayers is 1, which leaves no layer .*\n$/);
    });
  });
});
