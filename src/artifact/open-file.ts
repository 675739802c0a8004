/** Files and folders as the blobs of an artifact. */
import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { basename, join } from "node:path";
import { NixociError, wrapError } from "../base/errors.ts";
import { compressStream } from "../bytes/compression.ts";
import { createHasher, type Digest } from "../bytes/digest.ts";
import { readFile } from "../bytes/disk/file.ts";
import { type ByteStream, drainStream, watchStream } from "../bytes/stream.ts";
import { type Content, content } from "../image/content.ts";
import { type TarInput, writeTar } from "../tar/write.ts";
import { checkType } from "./create.ts";
import { TITLE, UNPACK, UNPACKED_DIGEST } from "./titles.ts";

/** A file or folder of an artifact. */
export interface ArtifactFile {
  /** On disk. */
  readonly path: string;
  /** The name under which it is unpacked again; the last part of the path by default. */
  readonly title?: string | undefined;
  /** OCI's types of layers by default, as oras has it. */
  readonly mediaType?: string | undefined;
}

const FILE = "application/vnd.oci.image.layer.v1.tar";
const FOLDER = "application/vnd.oci.image.layer.v1.tar+gzip";

/**
 * Opens a file as a blob. A folder becomes a tar, packed with gzip, that is unpacked again when the
 * artifact is pulled: names in order, no owners, no times. Reads all of it once, to name it; its
 * bytes are read again, and proved, where the blob goes.
 * @throws NixociError `NOT_FOUND`, `IO`; `UNSUPPORTED` for what is neither file nor folder.
 * @example
 * ```ts
 * import { openArtifactFile } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("sbom.json", "{}");
 * const blob = await openArtifactFile({ path: "sbom.json", mediaType: "application/json" });
 * console.log(blob.descriptor.size); // 2
 * ```
 */
export async function openArtifactFile(
  { path, title = basename(path), mediaType }: ArtifactFile,
): Promise<Content> {
  if (mediaType !== undefined) checkType(mediaType);
  const kind = kindOf(path);
  const annotations = { [TITLE]: title };
  if (kind === "file") {
    return await nameContent(mediaType ?? FILE, annotations, () => readFile(path));
  }
  const noted = {
    ...annotations,
    [UNPACK]: "true",
    [UNPACKED_DIGEST]: await hashFolder(path, title),
  };
  const open = () => compressStream(packFolder(path, title), { kind: "gzip" });
  return await nameContent(mediaType ?? FOLDER, noted, open);
}

/**
 * Hashes the tar that a folder becomes: names, modes, links and bytes.
 * @throws NixociError `NOT_FOUND`, `IO`; `UNSUPPORTED` for what is neither file nor folder.
 */
export async function hashFolder(path: string, title: string): Promise<Digest> {
  const tar = createHasher();
  await drainStream(watchStream(packFolder(path, title), (chunk) => tar.update(chunk)));
  return tar.digest();
}

function kindOf(path: string): "file" | "folder" {
  const stat = readStat(path);
  if (stat.isDirectory()) return "folder";
  if (stat.isFile() || stat.isSymbolicLink()) return "file";
  throw kindError(path);
}

function readStat(path: string): Stats {
  return runReading(path, () => lstatSync(path));
}

function runReading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
}

function kindError(path: string): NixociError {
  return new NixociError("UNSUPPORTED", `${path} is neither a file nor a folder`);
}

async function nameContent(
  mediaType: string,
  annotations: Readonly<Record<string, string>>,
  open: () => ByteStream,
): Promise<Content> {
  const hash = createHasher();
  let size = 0;
  await drainStream(watchStream(open(), (chunk) => {
    hash.update(chunk);
    size += chunk.length;
  }));
  return content({ mediaType, digest: hash.digest(), size, annotations }, open);
}

function packFolder(path: string, title: string): ByteStream {
  return writeTar(listMembers(path, title));
}

function* listMembers(path: string, name: string): Iterable<TarInput> {
  const stat = readStat(path);
  const fields = { path: name, mode: stat.mode & 0o777, mtime: 0n };
  if (stat.isSymbolicLink()) {
    const linkpath = runReading(path, () => readlinkSync(path));
    yield { fields: { ...fields, type: "symlink", linkpath } };
  } else if (stat.isFile()) {
    yield { fields: { ...fields, size: stat.size }, data: readFile(path, { follow: false }) };
  } else if (stat.isDirectory()) {
    yield { fields: { ...fields, path: `${name}/`, type: "directory" } };
    for (const entry of runReading(path, () => readdirSync(path)).sort()) {
      yield* listMembers(join(path, entry), `${name}/${entry}`);
    }
  } else throw kindError(path);
}
