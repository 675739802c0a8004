/** Places that commands work in, and what a user would find there. */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createArtifact, openArtifactFile } from "../../../src/artifact/mod.ts";
import { copy } from "../../../src/copy/copy.ts";
import type { Root } from "../../../src/image/root.ts";
import { openSink } from "../../../transports/mod.ts";
import { image, sourceOf } from "../../support/images.ts";
import { createRandom } from "../../support/random.ts";
import { openRegistry, type RegistryServer } from "../../support/registry-server.ts";
import { seedRoot } from "../../support/seeded.ts";

/** In milliseconds, for anything: a machine may have much else to do. */
export const TIMEOUT = 300_000;

/** What all sites begin with, and the registry that they share. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  /** What is read, and never written. */
  readonly source: string;
  readonly registry: RegistryServer;
  /** The digest of `app:v1` in the registry. */
  readonly digest: string;
}

/** A place of one command's own. */
export interface Site extends AsyncDisposable {
  readonly world: World;
  readonly home: string;
  /** Where it writes. */
  readonly place: string;
  /** Its repository in the registry. */
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes two images in a layout, one of them in a registry, files, a folder, and SPECs. */
export async function createWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-hazards-"));
  const [source, start] = [join(folder, "source"), join(folder, "start")];
  for (const path of [join(source, "files/sub"), start]) await mkdir(path, { recursive: true });
  const random = createRandom(17);
  const text = (size: number) => Buffer.from(Array.from({ length: size }, () => 33 + random(90)));
  const layer = (n: number) => ({ [`layer-${n}`]: text(300_000).toString(), "dir/x": `${n}` });
  const large = await image({ layers: [1, 2, 3].map(layer), compression: "none" });
  const small = await image({ layers: [{ small: "small" }], compression: "none" });
  await put(large, `oci-dir:${source}/images:large`);
  await put(small, `oci-dir:${source}/images:small`);
  await put(small, `oci-dir:${start}/layout:before`);
  await put(small, `docker-archive:${start}/image.tar:app:before`);
  await put(small, `dir:${start}/dir`);
  await put(small, `oci-dir:${start}/litter:before`);
  await put(large, `oci-dir:${start}/litter:gone`);
  await writeFile(join(start, "litter/index.json"), await readFile(`${start}/layout/index.json`));
  await writeFile(join(start, "auth.json"), '{"auths":{"x.io":{"auth":"YTpi"}},"other":1}');
  for (const name of ["a", "sub/b", "sub/c"]) {
    await writeFile(join(source, "files", name), text(100_000));
  }
  const base = `oci-dir:${source}/images:small`;
  const spec = { name: "built", fromImage: base, copyToRoot: [`${source}/files`] };
  await writeFile(join(source, "spec.json"), JSON.stringify(spec));
  const services = { name: "served", services: { a: { execStart: ["/bin/sleep", "9"] } } };
  await writeFile(join(source, "services.json"), JSON.stringify(services));
  await put(await createArtifactOf(source), `oci-dir:${source}/images:files`);
  const registry = await openRegistry();
  await seedRoot(registry, large, "v1");
  return {
    folder,
    source,
    registry,
    digest: large.manifest.descriptor.digest,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function put(root: Root, to: string): Promise<void> {
  const sink = await openSink(to);
  await copy(sourceOf({ only: root }), sink);
  await sink[Symbol.asyncDispose]();
}

async function createArtifactOf(source: string): Promise<Root> {
  const paths = ["files/a", "files/sub"].map((path) => join(source, path));
  const blobs = await Promise.all(paths.map((path) => openArtifactFile({ path })));
  return createArtifact({ type: "application/vnd.example.files", blobs });
}

let sites = 0;

/** Makes a site. */
export async function createSite(world: World): Promise<Site> {
  const repository = `site-${++sites}`;
  const home = join(world.folder, repository);
  for (const name of ["tmp", "run", "home"]) await mkdir(join(home, name), { recursive: true });
  await cp(join(world.folder, "start"), join(home, "place"), { recursive: true });
  return {
    world,
    home,
    place: join(home, "place"),
    repository,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: join(home, "home"),
      TMPDIR: join(home, "tmp"),
      XDG_RUNTIME_DIR: join(home, "run"),
      // one for all: it is killed, too
      XDG_CACHE_HOME: join(world.folder, "cache"),
      DENO_DIR: process.env["DENO_DIR"] ?? join(process.env["HOME"] ?? "", ".cache/deno"),
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** Describes a file, or a folder with all that is below it, a line each. */
export async function describe(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === "ENOTDIR") return undefined;
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (entries === undefined) return [hash(await readFile(path))];
  const lines = entries.map(async (entry) => {
    const at = join(entry.parentPath, entry.name);
    const what = entry.isFile()
      ? hash(await readFile(at))
      : entry.isSymbolicLink()
      ? `-> ${await readlink(at)}`
      : "";
    return `${at.slice(path.length + 1)} ${what}`;
  });
  return (await Promise.all(lines)).sort();
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}
