/**
 * The world that documents speak of, in a scratch folder: a home of its own, `nixoci` in the PATH, a
 * registry of this process in the place of Docker Hub, ghcr.io, quay.io and localhost:5000, an engine
 * of this process in the place of Docker's, and the files that the examples name.
 */
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { disposeAll } from "../../../src/base/dispose.ts";
import { copy } from "../../../src/copy/copy.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import { parseReference } from "../../../src/image/reference.ts";
import type { Root } from "../../../src/image/root.ts";
import { addToLock, EMPTY_LOCK, encodeLock } from "../../../src/lock/mod.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../cli/run.ts";
import { type CommandServer, startServer } from "../../cli/server.ts";
import { startFakeEngine } from "../../support/fake-engine.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { openRegistry } from "../../support/registry-server.ts";
import { AMD, ARM } from "../../support/seeded.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The hosts that the registry stands in for when they are read from. */
const HOSTS = ["docker.io", "ghcr.io", "quay.io"];

/** The images of the registry, by host, repository and tag. */
const IMAGES = [
  ...["3.19", "3.20", "3.21", "latest"].map((tag) => `docker.io/library/alpine:${tag}`),
  ...["2.19.3", "latest"].map((tag) => `docker.io/nixos/nix:${tag}`),
  "docker.io/library/debian:stable-slim",
  ...["1.0", "1.4"].map((tag) => `ghcr.io/org/app:${tag}`),
  "quay.io/org/app:1.0",
  "quay.io/skopeo/stable:latest",
];

/** The commands that make the files which documents speak of. */
const PRELUDE = `
nixoci copy --all registry:alpine oci-dir:images:alpine
nixoci copy registry:alpine:3.20 oci-dir:images:old
nixoci copy registry:alpine:3.21 oci-dir:images:new
nixoci copy registry:ghcr.io/org/app:1.4 oci-dir:images:app
nixoci copy oci-dir:images:app docker-archive:app.tar:app:1
nixoci plan spec.json -o image.json && cp image.json result
nixoci lock manifest --platform linux/amd64 alpine:3.20 > alpine-manifest.json
`;

/** A place to run what documents show. */
export interface World extends AsyncDisposable {
  /** The environment of its processes. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs commands that need no shell: to start a process takes longer than most of them. */
  readonly commands: CommandServer;
  /** The registry's own address, `127.0.0.1:PORT`. */
  readonly registry: string;
  /** Returns the digest of a name in the registry: of `alpine`, `nixos/nix` and so on. */
  digestOf(name: string): string;
  /** Makes a folder with the files that examples name, `oci-dir:in` among them. */
  folder(): Promise<string>;
  /** Makes a folder that also has what the commands of documents name: archives, layouts, plans. */
  fullFolder(): Promise<string>;
}

/** Opens a world, with everything that runs in it. */
export async function openWorld(): Promise<World> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "nixoci-docs-")));
  const registry = await openRegistry();
  const engine = await startFakeEngine();
  const [home, bin] = [join(scratch, "home"), join(scratch, "bin")];
  await writeFile(join(scratch, "package.json"), '{ "type": "module" }');
  await writeLauncher(bin);
  await mkdir(join(home, ".zfunc"), { recursive: true });
  await mkdir(join(home, ".config", "fish", "completions"), { recursive: true });
  const author = "[user]\nname = Me\nemail = me@example.org\n[init]\ndefaultBranch = main\n";
  await writeFile(join(home, ".gitconfig"), author);
  await writeRegistriesConf(home, registry.host);
  const digests = await fillRegistry(registry.host);
  const lockText = await lockAlpine(registry.host);
  let folders = 0;
  let full: Promise<string> | undefined;
  const env = worldEnv(home, bin, engine.host);
  const commands = startServer(env);
  const world: World = {
    env,
    commands,
    registry: registry.host,
    digestOf: (name) => findDigest(digests, name),
    async folder() {
      const path = join(scratch, `${folders++}`);
      await fillFolder(path, lockText, registry.host);
      return path;
    },
    async fullFolder() {
      const path = join(scratch, `${folders++}`);
      await cp(await (full ??= fillFully(world)), path, { recursive: true });
      return path;
    },
    async [Symbol.asyncDispose]() {
      await disposeAll([registry, commands]);
      await engine.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
  return world;
}

function findDigest(digests: ReadonlyMap<string, string>, name: string): string {
  const { host, repository, tag } = parseReference(name);
  const start = `${host}/${repository}:${tag ?? ""}`;
  const found = [...digests.keys()].findLast((key) => key.startsWith(start));
  if (found === undefined) throw new Error(`the documents' registry has no ${name}`);
  return digests.get(found)!;
}

function worldEnv(home: string, bin: string, engine: string): NodeJS.ProcessEnv {
  return {
    PATH: `${bin}:${env["PATH"]}`,
    HOME: home,
    USER: "me",
    TOKEN: "secret",
    COSIGN_PASSWORD: "secret",
    RUNNER_TEMP: home,
    TMPDIR: tmpdir(),
    DOCKER_HOST: engine,
    DENO_DIR: env["DENO_DIR"] ?? join(env["HOME"] ?? "", ".cache", "deno"),
    out: "out.tar",
  };
}

async function writeLauncher(bin: string): Promise<void> {
  await mkdir(bin, { recursive: true });
  const command = [execPath, ...RUN, LAUNCHER].map((word) => `'${word}'`).join(" ");
  await writeFile(join(bin, "nixoci"), `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(join(bin, "nixoci"), 0o755);
}

async function writeRegistriesConf(home: string, host: string): Promise<void> {
  const folder = join(home, ".config", "containers");
  await mkdir(folder, { recursive: true });
  const rules = HOSTS.map((name) =>
    `[[registry]]\nprefix = "${name}"\nlocation = "${host}/${name}"\ninsecure = true\n`
  );
  await writeFile(join(folder, "registries.conf"), rules.join("\n"));
}

async function fillRegistry(host: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const name of IMAGES) {
    const to = await openSink(`registry:${host}/${name}`, { registry: { tlsVerify: false } });
    const { images } = await copy(
      sourceOf({ latest: await manyPlatforms(name, digests.size) }),
      to,
    );
    await to[Symbol.asyncDispose]();
    digests.set(name, images[0]!.descriptor.digest);
  }
  return digests;
}

/** Makes an index of images with two layers, whose files differ from tag to tag, each a day later. */
async function manyPlatforms(name: string, day: number): Promise<Root> {
  const created = new Date(Date.UTC(2024, 0, 1 + day)).toISOString();
  const layers = [
    { "etc/os-release": `NAME="${name}"\n`, "etc/motd": "", "bin/sh": "not really" },
    { "usr/bin/app": "not really", "usr/lib/app.so": "", "usr/lib/engines/one.so": "" },
  ];
  const platforms = [AMD, ARM, parsePlatform("linux/arm/v7")];
  const images = platforms.map((platform) => image({ platform, layers, created }));
  return index(await Promise.all(images), platforms);
}

/** Locks an image of the registry, as `nixoci lock add alpine:3.20` does. */
async function lockAlpine(host: string): Promise<string> {
  const open = (name: string) =>
    openSource(`registry:${host}/${name}`, { registry: { tlsVerify: false } });
  return encodeLock((await addToLock(EMPTY_LOCK, "alpine:3.20", { registry: { open } })).lock);
}

async function fillFolder(path: string, lockText: string, host: string): Promise<void> {
  const hello = join(ROOT, "examples", "hello");
  await mkdir(join(path, "rootfs", "bin"), { recursive: true });
  await mkdir(join(path, "examples"), { recursive: true });
  await writeFile(join(path, "rootfs", "bin", "app"), "#!/bin/sh\necho app\n", { mode: 0o755 });
  await cp(hello, join(path, "in"), { recursive: true });
  await cp(hello, join(path, "examples", "hello"), { recursive: true });
  await writeFile(join(path, "nixoci.lock.json"), lockText);
  await fillStore(path);
  const unit = "[Service]\nExecStart=/bin/app\nPrivateTmp=yes\n";
  await writeFile(join(path, "app.service"), unit);
  await mkdir(join(path, "rootfs", "etc", "systemd", "system"), { recursive: true });
  await writeFile(join(path, "rootfs", "etc", "systemd", "system", "app@.service"), unit);
  await fillChannels(path);
  const golden = join(ROOT, "test", "golden", "cosign");
  for (const name of ["cosign.key", "cosign.pub"]) await cp(join(golden, name), join(path, name));
  await cp(join(golden, "layout"), join(path, "signed"), { recursive: true });
  const signed = { type: "sigstoreSigned", keyPath: join(path, "cosign.pub") };
  const signedIdentity = { type: "exactRepository", dockerRepository: "ghcr.io/org/app" };
  await writeFile(
    join(path, "policy.json"),
    JSON.stringify({ default: [{ ...signed, signedIdentity }] }),
  );
  const spec = { name: "app", copyToRoot: "./rootfs", config: { Cmd: ["/bin/app"] } };
  await writeFile(join(path, "spec.json"), JSON.stringify(spec));
  await writeSyncFiles(path, host);
}

/** The file that docs/sync.md shows, about the registry of the tests, and one of skopeo's. */
async function writeSyncFiles(folder: string, host: string): Promise<void> {
  const page = await readFile(join(ROOT, "docs", "sync.md"), "utf8");
  const [, yaml = ""] = /^```yaml\n(.*?)^```/ms.exec(page) ?? [];
  const here = yaml.replaceAll("localhost:5000", host).replaceAll(":quay.io/", `:${host}/quay.io/`);
  await writeFile(join(folder, "mirror.yaml"), here);
  const skopeo = "quay.io:\n  tls-verify: false\n  images: { skopeo/stable: [latest] }\n";
  await writeFile(join(folder, "skopeo.yaml"), skopeo);
}

/** Channels without a commit to build, and a Dockerfile in step with what is pinned. */
async function fillChannels(path: string): Promise<void> {
  const commit = "1".repeat(40);
  const all = { image: "oci-dir:bases", nixpkgs: "{commit}.tar.gz", spec: "base.json" };
  const channels = [{ name: "nixos-unstable", feed: { command: ["echo", commit] } }];
  await writeFile(join(path, "channels.json"), JSON.stringify({ ...all, channels }));
  await writeFile(join(path, "Dockerfile"), `FROM me/nixpkgs:${commit}\n`);
  await mkdir(join(path, "nix"), { recursive: true });
  await writeFile(join(path, "nix/sources.json"), JSON.stringify({ nixpkgs: { rev: commit } }));
}

/** A store with a shell in it, and a derivation. */
async function fillStore(folder: string): Promise<void> {
  const [bash, out] = ["bash-5.2", "hello-1.0"].map((name, i) =>
    `/nix/store/${String(i).repeat(32)}-${name}`
  );
  await mkdir(join(folder, `root${bash}/bin`), { recursive: true });
  await writeFile(join(folder, `root${bash}/bin/bash`), "not really", { mode: 0o755 });
  const closure = [{ path: bash, narSize: 10, references: [] }];
  await writeFile(join(folder, "closure.json"), JSON.stringify(closure));
  const env = [["name", "hello-1.0"], ["out", out]].map(([name, value]) =>
    `("${name}","${value}")`
  );
  const drv =
    `Derive([("out","${out}","","")],[],["${bash}"],"x86_64-linux","${bash}/bin/bash",[],[${env}])`;
  await writeFile(join(folder, "hello.drv"), drv);
}

async function fillFully(world: World): Promise<string> {
  const folder = await world.folder();
  const { status, stderr } = await runIn(world, folder, PRELUDE);
  if (status !== 0) throw new Error(`the documents' files cannot be made: ${stderr}`);
  const packed = gzipSync(await readFile(join(folder, "app.tar")));
  for (const name of ["app.tar.gz", "image.tar.gz"]) await writeFile(join(folder, name), packed);
  return folder;
}

/** Runs a command of a document in a folder of the world. */
export async function runIn(world: World, folder: string, command: string): Promise<Outcome> {
  const bare = command.replace(/\s+#\s.*$/, "");
  if (PLAIN.test(bare)) return await world.commands.run(bare.trim().split(/ +/).slice(1), folder);
  const words = ["-e", "-o", "pipefail", "-c", command];
  return await spawned("bash", words, "", { cwd: folder, env: world.env });
}

// One command of ours, of words that mean what they are, none of which is standard input.
const PLAIN = /^nixoci(?! (?:\S* )*(?:\S*:)?-(?: |$)) [a-z][\w ./:@=,+-]*$/;
