/**
 * Scripts beside the programs that dockerTools and others run them with: fakeroot and GNU tar, docker
 * build; in containers; and as an ordinary user.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { streamBytes } from "../../src/bytes/stream.ts";
import { build, type BuildResult } from "../../src/compose/build.ts";
import { sourceOf } from "../../src/compose/source.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { copy } from "../../src/copy/copy.ts";
import { openBase } from "../../transports/base.ts";
import { openSink } from "../../transports/mod.ts";
import { attempt, nixociCommand, run, runBytes } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { listImage, listTar } from "./support/files-of.ts";
import { removeNixStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";
import { makeScriptStore, type ScriptStore } from "./support/script-store.ts";

let folder: string;
let store: ScriptStore;
let number = 0;
const opened: AsyncDisposable[] = [];

const docker = (...args: string[]) => run(["docker", "--host", peers.engines.docker!, ...args]);
const printed = (name: string, ...command: string[]) =>
  docker("run", "--rm", "--network", "none", name, ...command);

async function built(spec: Spec): Promise<BuildResult> {
  const tools = [store.bash, store.busybox];
  const result = await build({ store: store.root, tools, ...spec }, { folder, openBase });
  opened.push(result);
  return result;
}

async function put(spec: Spec, reference: string): Promise<string> {
  const { image } = await built(spec);
  const isEngine = reference.startsWith("daemon:");
  const sink = await openSink(reference, isEngine ? { host: peers.engines.docker! } : {});
  try {
    await copy(sourceOf({ image, name: undefined }), sink);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
  return reference;
}

/** Builds the image and has Docker load it. */
async function loaded(spec: Spec): Promise<string> {
  const name = `e2e-beside-${number++}`;
  await put(spec, `daemon:${name}`);
  return name;
}

/** An image in which the programs of this machine can be shown. */
async function loadedHost(): Promise<string> {
  const root = await mkdtemp(join(folder, "host-"));
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    const leads = await readlink(`/${name}`).catch(() => undefined);
    if (leads !== undefined) await symlink(leads, join(root, name));
  }
  await mkdir(join(root, "tmp"));
  return await loaded({ copyToRoot: root, tools: [] });
}

/** Runs a command of this machine in a container, with the folders that it needs. */
function inContainer(image: string, ...command: string[]): string[] {
  const home = new URL("../..", import.meta.url).pathname;
  const shown = ["/usr", home, dirname(process.execPath)].filter((path) => path !== "/usr/bin");
  return [
    ...["docker", "--host", peers.engines.docker!, "run", "--rm", "--network", "none"],
    ...shown.flatMap((path) => ["--volume", `${path}:${path}:ro`]),
    ...["--volume", `${folder}:${folder}`, "--env", "PATH=/usr/sbin:/usr/bin"],
    ...["--env", "NIXOCI_CACHE_DIR=/tmp/cache", image, ...command],
  ];
}

/** The digest of the image in a layout below the folder. */
async function digestIn(layout: string): Promise<string> {
  const { manifests } = JSON.parse(await readFile(join(folder, layout, "index.json"), "utf8"));
  return manifests[0].digest;
}

/** An image with busybox at its root, made once. */
const busyboxBase = () => baseOfBusybox ??= base({ copyToRoot: store.busybox });
let baseOfBusybox: Promise<string> | undefined;

const base = (spec: Spec) => put(spec, `oci-dir:${folder}/base-${number++}`);

const given = lacks("nix", "busybox", "root", "tar", "bash-static", "shadow");

describe.skipIf(given)("scripts beside others", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixoci-scripts-"));
    await chmod(folder, 0o755); // ordinary users read the store in it
    store = await makeScriptStore(join(folder, "store"));
  });

  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
    await removeNixStore(store.root);
    await rm(folder, { recursive: true });
  });

  test.skipIf(lacks("fakeroot"))("make the bytes of fakeroot and GNU tar", async () => {
    const [extraCommands, fakeRootCommands] = [
      "mkdir -p var/log sub/a-b; echo x > sub/a.b; ln sub/a.b sub/Z; ln -s ../nowhere sub/link\n" +
      'chmod 4711 sub/a.b; echo ü > "sub/ü\'"; touch sub/0; rm etc/group; chmod 700 etc',
      "chown 1000:100 var/log sub/0; chown -h 5:6 sub/link; chmod 1777 var",
    ];
    const tree = join(folder, "tree");
    await run(["cp", "-a", store.real(store.users), tree]);
    await run(["chmod", "u+w", tree]);
    await chmod(tree, 0o755);
    const archive = join(folder, "layer.tar");
    const script = [
      "set -e",
      `cd ${tree}`,
      extraCommands,
      fakeRootCommands,
      "tar --sort name --numeric-owner --mtime @315532800 --hard-dereference -cf ../layer.tar .",
    ].join("\n");
    // The files are root's already: fakeroot is to see that only what is given away is not.
    await run(["fakeroot", "bash", "-ec", script]);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(archive)) hash.update(chunk);
    const { image } = await built({ copyToRoot: store.users, extraCommands, fakeRootCommands });
    expect(image.layers.at(-1)!.diffId).toBe(`sha256:${hash.digest("hex")}`);
  });

  test("are planned with a tar for the layer that they make", async () => {
    const spec = join(folder, "plan.json");
    const fields = {
      store: store.root,
      tools: [store.bash, store.busybox],
      extraCommands: "echo a > a",
    };
    await writeFile(spec, JSON.stringify(fields));
    const refused = await nixoci(["plan", spec]);
    expect(refused.stderr).toContain("is made of what a script made or an archive had");
    expect(refused.status).toBe(2);
    const plan = join(folder, "image.json");
    const tars = join(folder, "tars");
    const { status, stderr } = await nixoci([
      "plan",
      spec,
      "-o",
      plan,
      "--tar-directory",
      tars,
      "-q",
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    const copied = await nixoci(["copy", "-q", `nix:${plan}`, `oci-dir:${folder}/own`]);
    expect([copied.status, copied.stderr]).toEqual([0, ""]);
    await put(fields, `oci-dir:${folder}/direct`);
    expect(await digestIn("own")).toBe(await digestIn("direct"));
  });

  test("see the base's own store where this machine lacks it", async () => {
    const fromImage = await base({ deps: store.busybox, copyToRoot: store.busybox });
    const root = join(folder, "poor");
    await mkdir(join(root, "nix/store"), { recursive: true });
    for (const path of [store.bash, store.hello]) {
      await run(["cp", "-a", store.real(path), join(root, "nix/store")]);
    }
    const graph = join(folder, "graph.json");
    const infos = [[store.bash, []], [store.hello, [store.bash]]].map(([path, references]) => ({
      path,
      references,
      narSize: 1,
      narHash: `sha256:${"0".repeat(64)}`,
    }));
    await writeFile(graph, JSON.stringify(infos));
    const { image } = await built({
      fromImage,
      store: root,
      closure: [graph],
      tools: [store.bash],
      runAsRoot: `test -e ${store.busybox}/self; ${store.hello}/bin/hello > /said`,
    });
    expect(await listImage(image)).toContain('0644 0:0 said "hello\\n"');
    await run(["chmod", "-R", "u+w", root]);
  });

  describe.skipIf(lacks("docker"))("in containers", () => {
    const cat = (file: string) => [`${store.busybox}/bin/cat`, file];

    test("build runs scripts as here, in a container of Docker's own settings", async () => {
      const fromImage = await busyboxBase();
      const spec: Spec = {
        fromImage,
        store: store.root,
        tools: [store.bash, store.busybox],
        deps: [store.hello],
        runAsRoot: `mkdir -p /data; ${store.hello}/bin/hello > /data/hello`,
        extraCommands: "mkdir -m 700 made; echo $PWD > made/here",
        fakeRootCommands: "chown 12:13 made",
        config: { Cmd: ["/bin/sh"] },
      };
      const file = join(folder, "in-container.json");
      await writeFile(file, JSON.stringify(spec));
      await put(spec, `oci-dir:${folder}/outside`);
      const { status, stderr } = await attempt(inContainer(
        await loadedHost(),
        ...nixociCommand("build", file, `oci-dir:${folder}/inside`),
      ));
      expect([status, stderr]).toEqual([0, expect.stringContaining("runs in chroot, on a copy")]);
      expect(await digestIn("inside")).toBe(await digestIn("outside"));
    });

    test("a script that fails shows what it printed, though it is built quietly", async () => {
      const file = join(folder, "failing.json");
      const extraCommands = "echo why >&2; exit 3";
      await writeFile(
        file,
        JSON.stringify({ store: store.root, tools: [store.bash], extraCommands }),
      );
      const { status, stderr } = await nixoci(["build", "-q", file, `oci-dir:${folder}/failed`]);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/^nixoci: extraCommands: why\n/)]);
    });

    test("layered images, and those on top of them, are as nixpkgs' test has them", async () => {
      const layered: Spec = {
        deps: [store.hello, store.busybox],
        extraCommands: 'echo "(extraCommand)" > extraCommands',
        config: { Cmd: [`${store.hello}/bin/hello`] },
      };
      const name = await loaded(layered);
      expect(await printed(name)).toBe("hello\n");
      expect(await printed(name, ...cat("extraCommands"))).toBe("(extraCommand)\n");
      const onTop = await loaded({
        fromImage: await base(layered),
        extraCommands: "mkdir ./example-output\nchmod 777 ./example-output",
        config: {
          Env: [`PATH=${store.busybox}/bin`],
          WorkingDir: "/example-output",
          User: "1000",
          Cmd: [`${store.bash}/bin/bash`, "-c", "echo hello > foo; cat foo"],
        },
      });
      expect(await printed(onTop)).toBe("hello\n");
    });

    test("the order of layers is that of the images", async () => {
      const write = (text: string, ...names: string[]) =>
        ["mkdir -p tmp", ...names.map((name) => `echo ${text} > tmp/${name}`)].join("\n");
      const l1 = await base({ extraCommands: write("layer1", "layer1", "layer2", "layer3") });
      const l2 = await base({ fromImage: l1, extraCommands: write("layer2", "layer2", "layer3") });
      const name = await loaded({
        fromImage: l2,
        deps: store.busybox,
        extraCommands: write("layer3", "layer3"),
      });
      const layers = ["layer1", "layer2", "layer3"];
      expect(await printed(name, ...cat("/tmp/layer1"), "/tmp/layer2", "/tmp/layer3"))
        .toBe(layers.map((layer) => `${layer}\n`).join(""));
    });

    test("redis has its folder, and runAsRoot on a base its file", async () => {
      const fromImage = await busyboxBase();
      const name = await loaded({
        fromImage,
        runAsRoot: "mkdir -p /data\ntouch /example-file",
        config: { WorkingDir: "/data", Volumes: { "/data": {} } },
      });
      expect(await printed(name, "/bin/ls", "-d", "/data", "/example-file"))
        .toBe("/data\n/example-file\n");
    });

    test("merged archives are all loaded, whatever packs them, and keep owners and layers", async () => {
      const archive = join(folder, "merged");
      const fake = "mkdir -p ./home/jane; chown 1000 ./home/jane";
      await put({ copyToRoot: store.busybox }, `docker-archive:${archive}-a.tar:e2e-merged:a`);
      const unnamed: Spec = { copyToRoot: store.users };
      await put(unnamed, `docker-archive:${archive}-b.tar`);
      const jane: Spec = { fromImage: await busyboxBase(), fakeRootCommands: fake };
      await put(jane, `docker-archive:${archive}-c.tar:e2e-merged:c`);
      const [a, c] = await Promise.all(["a", "c"].map((one) => readFile(`${archive}-${one}.tar`)));
      await writeFile(`${archive}-a.tar.gz`, gzipSync(a!, { level: 1 }));
      await writeFile(`${archive}-c.tar.zst`, zstdCompressSync(c!));
      const sources = ["-a.tar.gz", "-b.tar", "-c.tar.zst"].map((end) =>
        `docker-archive:${archive}${end}`
      );
      const { status, stderr } = await nixoci([
        ...["merge", "-q", ...sources, `docker-archive:${archive}.tar`],
      ]);
      expect([status, stderr]).toEqual([0, ""]);
      const said = await docker("load", "--input", `${archive}.tar`);
      expect(said).toBe("Loaded image: e2e-merged:a\nLoaded image: e2e-merged:c\n");
      const { descriptor } = (await built(unnamed)).image.config;
      await docker("image", "inspect", descriptor.digest);
      expect(await printed("e2e-merged:c", "/bin/stat", "-c", "%u", "/home/jane")).toBe("1000\n");
      expect(await printed("e2e-merged:a", "/bin/ls", "/bin/busybox")).toBe("/bin/busybox\n");
    });

    test("images without store paths need none", async () => {
      const name = await loaded({
        extraCommands: `cp -r ${store.busybox}/bin .; chmod -R u+w .`,
        includeStorePaths: false,
      });
      expect(await printed(name, "/bin/ls", "/")).not.toContain("nix");
    });

    test("commands of run make the files that docker build makes", async () => {
      const commands = [
        "mkdir -p /srv/a /srv/b; echo one > /srv/a/f; chmod 2750 /srv/a; chown 12:34 /srv/a/f",
        "mv /srv/a/f /srv/b/g; ln /srv/b/g /srv/h; ln -s g /srv/b/l; rm -r /etc/dir; rm /etc/file; " +
        "echo jane:x:1000:1000::/home/jane:/bin/sh >> /etc/passwd; touch /tmp/x; rm /tmp/x",
        "mkdir /etc/dir; cd /etc/dir; touch new; chmod 600 /etc/passwd; echo $HOME $A > home; umask > u",
      ];
      const root = await mkdtemp(join(folder, "root-"));
      for (const path of ["etc/dir/old", "etc/file", "etc/passwd", "tmp/keep", "srv/z"]) {
        await mkdir(join(root, path, ".."), { recursive: true });
        await writeFile(join(root, path), `${path}\n`);
      }
      await writeFile(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
      const below: Spec = {
        copyToRoot: [store.busybox, root],
        config: { Env: ["A=b", "PATH=/bin"] },
      };
      const name = await loaded(below);
      const text = [`FROM ${name}`, ...commands.map((command) => `RUN ${command}`)].join("\n");
      await run(
        [
          "docker",
          "--host",
          peers.engines.docker!,
          "build",
          "-q",
          "--network=none",
          "-t",
          `${name}-d`,
          "-",
        ],
        { input: text, env: { ...process.env, DOCKER_BUILDKIT: "0" } },
      );
      const container = (await docker("create", `${name}-d`, "/bin/true")).trim();
      const tar = await runBytes(["docker", "--host", peers.engines.docker!, "export", container]);
      await docker("rm", container);
      const { image } = await built({ ...below, run: commands });
      const own = (lines: readonly string[]) =>
        lines.filter((line) =>
          !/^\S+ \S+ (?:\.dockerenv|dev|proc|sys|etc\/(?:hosts|hostname|resolv.conf|mtab)|bin|nix)\b/
            .test(line) && !line.endsWith(" ./")
        )
          .sort();
      expect(own(await listImage(image)).length).toBeGreaterThan(15);
      expect(own(await listImage(image))).toEqual(own(await listTar(streamBytes(tar))));
    });
  });

  test("make the same bytes for an ordinary user", async () => {
    const home = join(folder, "home");
    await mkdir(home);
    await run(["chown", "65534:65534", home]);
    const spec = join(folder, "user.json");
    const fields: Spec = {
      store: store.root,
      tools: [store.bash, store.busybox],
      copyToRoot: store.users,
      extraCommands: "touch etc/new; chmod 600 etc/passwd; rm etc/group",
      runAsRoot: "mkdir -p /data; id -u > /data/uid; chmod 2711 /data",
    };
    await writeFile(spec, JSON.stringify(fields));
    const command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const env = { ...peers.env, HOME: home, TMPDIR: home, XDG_CACHE_HOME: home };
    const words = ["build", "-q", spec, `oci-dir:${home}/out`];
    const { status, stdout, stderr } = await attempt([...command, ...nixociCommand(...words)], {
      env,
    });
    if (/AppArmor|user namespace/.test(stderr)) return; // this machine lets no user do it
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const asRoot = await nixoci(["build", "-q", spec, `oci-dir:${folder}/as-root`]);
    expect(stdout.toString()).toBe(asRoot.stdout.toString());
  });
});
