/** OCI layouts by hand: large ones to copy from, and a strict look at what copying has left. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A layout with one image, named `bulk`, of so many layers of random bytes: nothing reads them as
 * tar archives on the way to another layout.
 */
export async function writeBulk(layout: string, layers: number, size: number): Promise<string> {
  const blobs = join(layout, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array | string) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(bytes) };
  };
  const all = [];
  for (let i = 0; i < layers; i++) {
    all.push(await put("application/vnd.oci.image.layer.v1.tar", randomBytes(size)));
  }
  const rootfs = { type: "layers", diff_ids: all.map(({ digest }) => digest) };
  const config = await put(
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs }),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await put(
    mediaType,
    JSON.stringify({ schemaVersion: 2, mediaType, config, layers: all }),
  );
  const named = { ...manifest, annotations: { [REF_NAME]: "bulk" } };
  await writeFile(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [named] }),
  );
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return manifest.digest;
}

const REF_NAME = "org.opencontainers.image.ref.name";

/** What a layout holds. */
export interface LayoutState {
  /** The names in its index. */
  readonly tags: readonly string[];
  /** What is wrong with it: an index that cannot be read, blobs that are bad or missing. */
  readonly faults: readonly string[];
  /** Files that no layout has: temporaries, locks. */
  readonly strays: readonly string[];
}

/** Looks at every file of a layout; an empty or missing folder is a layout that holds nothing. */
export async function inspectLayout(layout: string): Promise<LayoutState> {
  const entries = await readdir(layout, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(layout.length + 1)).sort();
  const isBlob = (file: string) => /^blobs\/sha256\/[0-9a-f]{64}$/.test(file);
  const blobs = new Map<string, Buffer>();
  const faults: string[] = [];
  for (const file of files.filter(isBlob)) {
    const bytes = await readFile(join(layout, file));
    const hex = createHash("sha256").update(bytes).digest("hex");
    if (file.endsWith(hex)) blobs.set(`sha256:${hex}`, bytes);
    else faults.push(`${file} has the wrong content`);
  }
  const known = ["index.json", "oci-layout"];
  const index = files.includes("index.json") ? await parse(join(layout, "index.json")) : [];
  if (index === undefined) faults.push("index.json cannot be read");
  return {
    tags: (index ?? []).map(({ annotations }) => annotations?.[REF_NAME] ?? "").sort(),
    faults: [...faults, ...(index ?? []).flatMap((entry) => missingBelow(entry, blobs))],
    strays: files.filter((file) => !isBlob(file) && !known.includes(file)),
  };
}

interface Entry {
  readonly digest: string;
  readonly annotations?: Record<string, string>;
}

async function parse(path: string): Promise<Entry[] | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")).manifests;
  } catch {
    return undefined;
  }
}

function missingBelow({ digest }: Entry, blobs: ReadonlyMap<string, Buffer>): string[] {
  const bytes = blobs.get(digest);
  if (bytes === undefined) return [`${digest} is named, and not there`];
  const { config, layers, manifests } = JSON.parse(bytes.toString());
  if (manifests) return manifests.flatMap((entry: Entry) => missingBelow(entry, blobs));
  return [config, ...layers].filter((blob: Entry) => !blobs.has(blob.digest))
    .map((blob: Entry) => `${blob.digest} is named, and not there`);
}
