/**
 * The images that are copied: real files of this machine in OCI layouts with gzip layers, made once
 * and kept in the temporary folder. The same machine makes the same bytes.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { nixoci, prepareBy } from "./tools.ts";

const run = promisify(execFile);
const compress = promisify(gzip);

/** How an image is cut: so many bytes of files in so many layers. */
export interface Recipe {
  readonly name: string;
  readonly bytes: number;
  readonly layers: number;
}

/** The two images of the comparison: many layers as Nix makes them, and few large ones. */
export const RECIPES: readonly Recipe[] = [
  { name: "100 layers", bytes: 430e6, layers: 100 },
  { name: "3 layers", bytes: 430e6, layers: 3 },
];

export interface BenchImage extends Recipe {
  /** An OCI layout whose image is named `bench`. */
  readonly layout: string;
  /** The same image as `docker save` writes it. */
  readonly archive: string;
}

/** Makes the image below the folder, unless it is there. */
export async function imageOf(recipe: Recipe, folder: string): Promise<BenchImage> {
  const home = join(folder, `v1-${recipe.name.replaceAll(" ", "-")}`);
  const image = { ...recipe, layout: join(home, "layout"), archive: join(home, "archive.tar") };
  if (await stat(home).catch(() => undefined)) return image;
  console.error(`making the image of ${recipe.name}; this is done once`);
  await mkdir(folder, { recursive: true });
  const making = await mkdtemp(join(folder, "making-"));
  const layout = join(making, "layout");
  await writeLayout(layout, recipe, making);
  const archive = `docker-archive:${join(making, "archive.tar")}:bench:latest`;
  await prepareBy(nixoci("copy", `oci-dir:${layout}:bench`, archive), process.env);
  await rename(making, home);
  return image;
}

async function writeLayout(layout: string, recipe: Recipe, folder: string): Promise<void> {
  const dealt = deal(await realFiles(recipe.bytes), recipe.layers);
  await writeImage(layout, dealt.map((files) => () => tarOf(files, folder)));
}

/** Writes an image of gzip layers, whose tars are made one by one, as `bench` to a layout. */
export async function writeImage(
  layout: string,
  tars: readonly (() => Promise<Buffer>)[],
): Promise<void> {
  const blobs = join(layout, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array | string) => {
    const hex = sha256(bytes);
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(bytes) };
  };
  const layers = [];
  const diffIds = [];
  for (const make of tars) {
    const tar = await make();
    diffIds.push(`sha256:${sha256(tar)}`);
    layers.push(await put("application/vnd.oci.image.layer.v1.tar+gzip", await compress(tar)));
  }
  const config = await put(
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await put(
    mediaType,
    JSON.stringify({ schemaVersion: 2, mediaType, config, layers }),
  );
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "bench" } };
  await writeFile(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [named] }),
  );
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
}

interface File {
  readonly path: string;
  readonly size: number;
}

/** Programs and libraries of this machine, in order of their names, up to so many bytes. */
async function realFiles(bytes: number): Promise<File[]> {
  const files: File[] = [];
  const seen = new Set<number>();
  let total = 0;
  for (const folder of ["/usr/bin", "/usr/sbin", "/usr/lib"]) {
    for await (const path of walk(folder)) {
      const { size, ino } = await stat(path);
      if (size > 4e6) continue; // so that the layers come out alike
      if (seen.has(ino)) continue; // one more name of a file that is there, as git has many
      seen.add(ino);
      files.push({ path, size });
      total += size;
      if (total >= bytes) return files;
    }
  }
  return files;
}

/** The regular files below a folder. Node's recursive readdir follows links, and /usr has loops. */
async function* walk(folder: string): AsyncIterable<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** The files in order, cut into parts of about the same size. */
function deal(files: readonly File[], parts: number): string[][] {
  const share = files.reduce((sum, { size }) => sum + size, 0) / parts;
  const dealt: string[][] = Array.from({ length: parts }, () => []);
  let before = 0;
  for (const { path, size } of files) {
    dealt[Math.min(parts - 1, Math.floor(before / share))]!.push(path);
    before += size;
  }
  return dealt.filter((part) => part.length > 0);
}

async function tarOf(files: readonly string[], folder: string): Promise<Buffer> {
  const [list, tar] = [join(folder, "list"), join(folder, "layer.tar")];
  await writeFile(list, files.map((path) => `${path.slice(1)}\0`).join(""));
  // deno-fmt-ignore
  await run("tar", ["--create", "--file", tar, "--directory", "/", "--null", "--files-from", list,
    "--format=posix", "--pax-option=delete=atime,delete=ctime", "--mtime=@0", "--numeric-owner",
    "--owner=0", "--group=0"]);
  const bytes = await readFile(tar);
  await Promise.all([rm(tar), rm(list)]);
  return bytes;
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
