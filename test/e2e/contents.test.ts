/**
 * What is at the root of an image, in containers: the cases of nixpkgs' own test of dockerTools that
 * are about `contents`, `copyToRoot` and helpers (nixos/tests/docker-tools.nix), with small paths.
 */
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { attempt, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { makeSmallStore, removeNixStore, type SmallStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";

let store: SmallStore;
let folder: string;
let number = 0;

const engine = () => ["docker", "--host", peers.engines.docker!];
const docker = (...args: string[]) => run([...engine(), ...args]);

/** What a container of the image prints. */
const printed = (name: string, ...command: string[]) =>
  docker("run", "--rm", "--network", "none", name, ...command);

/** Builds the image where it goes; returns what is said. */
async function put(spec: Spec, destination: string): Promise<string> {
  const file = join(folder, `spec-${number++}.json`);
  await writeFile(file, JSON.stringify({ store: store.root, ...spec }));
  const host = destination.startsWith("daemon:") ? ["--dest-host", peers.engines.docker!] : [];
  const { status, stderr } = await nixoci(["build", file, destination, ...host]);
  expect([status, stderr]).toEqual([0, stderr]);
  return stderr;
}

async function loaded(spec: Spec): Promise<string> {
  const name = `e2e-contents-${number++}`;
  await put(spec, `daemon:${name}`);
  return name;
}

const layersOf = async (name: string): Promise<string[]> =>
  JSON.parse(await docker("image", "inspect", name))[0].RootFS.Layers;

/** A store path of files; `-> text` is a link. */
async function add(
  name: string,
  files: Readonly<Record<string, string>>,
  inputs: readonly string[] = [],
): Promise<string> {
  const path = await store.add(name, inputs, async (real) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(real, file)), { recursive: true });
      if (text.startsWith("-> ")) await symlink(text.slice(3), join(real, file));
      else await writeFile(join(real, file), text, { mode: 0o755 });
    }
  });
  await store.register();
  return path;
}

describe.skipIf(lacks("docker", "nix", "busybox", "root"))("images with a root", () => {
  /** What runs in all of them. */
  let busybox: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "contents-"));
    store = await makeSmallStore(join(folder, "store"));
    busybox = `${store.busybox}/bin/busybox`;
  });

  afterAll(() => removeNixStore(store.root));

  test("of links run a bare command (helloOnRoot)", async () => {
    const root = await add("hello-root", { bin: `-> ${store.hello}/bin` }, [store.hello]);
    const name = await loaded({ contents: root, config: { Cmd: ["hello"] } });
    expect(await printed(name)).toBe("hello from data\n");
  });

  test("without store paths run where the store is mounted (helloOnRootNoStore)", async () => {
    const spec: Spec = {
      contents: store.hello,
      config: { Cmd: ["hello"] },
      includeStorePaths: false,
    };
    const name = await loaded(spec);
    expect((await attempt([...engine(), "run", "--rm", name])).status).not.toBe(0);
    const exported = join(folder, "no-store.tar");
    await put(spec, `docker-archive:${exported}`);
    const listed = await nixoci(["ls", `docker-archive:${exported}`]);
    expect(listed.stdout.toString()).not.toMatch(/ \/nix/);
    const volume = `${store.root}/nix/store:/nix/store:ro`;
    expect(await docker("run", "--rm", "--network", "none", "--volume", volume, name)).toBe(
      "hello from data\n",
    );
  });

  test("miss nothing in the layer of all the rest (bulk-layer, layered-bulk-layer)", async () => {
    const contents = [store.busybox, store.hello];
    const bulk = await loaded({ contents, maxLayers: 2 });
    expect(await printed(bulk, "/bin/busybox", "ls", "/bin/hello")).toBe("/bin/hello\n");
    expect((await layersOf(bulk)).length).toBe(2);
    const below = `oci-dir:${folder}/two`;
    await put({ contents: store.busybox, maxLayers: 2 }, below);
    const fromImage = below;
    const layered = await loaded({ fromImage, contents, maxLayers: 4 });
    expect(await printed(layered, "/bin/busybox", "ls", "/bin/hello")).toBe("/bin/hello\n");
    expect((await layersOf(layered)).length).toBe(4);
  });

  test("keep a link in the store one (layeredStoreSymlink)", async () => {
    const target = await add("target", { "dir/target": "text" });
    const link = await store.add("symlink", [target], (real) => symlink(target, real));
    await store.register();
    const name = await loaded({ contents: [store.busybox, link] });
    expect(await printed(name, "/bin/sh", "-c", `test -L ${link} && cat /dir/target`)).toBe("text");
    expect(await printed(name, busybox, "readlink", "/dir/target")).toBe(`${link}/dir/target\n`);
  });

  test("know users of contents (bashLayeredWithUser)", async () => {
    const users = await Promise.all(
      Object.entries({
        "etc/passwd": "root:x:0:0::/root:/bin/sh\nsomebody:x:999:999::/home/somebody:\n",
        "etc/group": "root:x:0:\nsomebody:x:999:\n",
      }).map(([file, text]) => add(file.slice(4), { [file]: text })),
    );
    const name = await loaded({ contents: [store.busybox, ...users] });
    const stat = [busybox, "stat", "-c%a", "/nix", "/nix/store"];
    const modes = await docker("run", "--rm", "--network", "none", "-u", "999", name, ...stat);
    expect(modes).toBe("755\n755\n");
    const said = await put({ contents: users }, `oci-dir:${folder}/users`);
    expect(said).toMatch(/\/etc\/passwd, \/etc\/group are absolute links/);
  });

  test("have folders that are in no store (layered-image-with-path, image-with-path)", async () => {
    const plain = await mkdtemp(join(folder, "plain-"));
    await writeFile(join(plain, "hello.txt"), "Hello there!");
    for (const field of ["contents", "copyToRoot"] as const) {
      const name = await loaded({ [field]: [store.busybox, plain] });
      expect(await printed(name, "/bin/cat", "/hello.txt")).toBe("Hello there!");
    }
  });

  test("are shared by images, but for their last layers (layered-image)", async () => {
    const one = await layersOf(await loaded({ contents: store.hello, maxLayers: 10 }));
    const other = await layersOf(await loaded({ deps: store.hello, maxLayers: 10 }));
    expect(one.filter((layer) => other.includes(layer)).length).toBe(other.length);
  });

  test("of copies run what is at the root (bash, editors)", async () => {
    const name = await loaded({ copyToRoot: [store.busybox, store.hello] });
    expect(await printed(name, "/bin/sh", "-c", "/bin/hello")).toBe("hello from data\n");
    expect(await printed(name, busybox, "readlink", "/bin/cat")).toBe("busybox\n");
  });

  test("lie over a base with /bin as a link, and both run (onTopOfPulledImage)", async () => {
    const rootfs = await mkdtemp(join(folder, "rootfs-"));
    await mkdir(join(rootfs, "usr/bin"), { recursive: true });
    await run(["cp", store.real(busybox), join(rootfs, "usr/bin/base-sh")]);
    await symlink("usr/bin", join(rootfs, "bin"));
    const fromImage = `oci-dir:${folder}/usr-merged`;
    await put({ copyToRoot: rootfs }, fromImage);
    for (const field of ["contents", "copyToRoot"] as const) {
      const name = await loaded({ fromImage, [field]: store.hello });
      expect(await printed(name, "/bin/hello")).toBe("hello from data\n");
      expect(await printed(name, busybox, "test", "-x", "/bin/base-sh")).toBe("");
      expect(await printed(name, busybox, "readlink", "/bin")).toBe("usr/bin\n");
    }
  });

  test("have helpers: a shell, env, users that are real files, and /tmp", async () => {
    const helpers: Spec["helpers"] = {
      binSh: `${store.busybox}/bin/sh`,
      usrBinEnv: busybox,
      fakeNss: { extraPasswdLines: ["app:x:1000:1000::/home/app:/bin/sh"] },
      tmp: true,
    };
    for (const field of ["contents", "copyToRoot"] as const) {
      const name = await loaded({ helpers, [field]: store.hello });
      const script = `${busybox} touch /tmp/x && ${busybox} id -un && ` +
        `${busybox} test ! -L /etc/passwd && ${busybox} stat -c%a /tmp`;
      const sh = ["run", "--rm", "--network", "none", "-u", "app", name, "/bin/sh", "-c", script];
      expect(await docker(...sh)).toBe("app\n1777\n");
      expect(await printed(name, busybox, "readlink", "/usr/bin/env")).toBe(`${busybox}\n`);
    }
  });
});
