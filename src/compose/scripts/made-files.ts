/** The files of a layer that a script has made, as entries of a recipe; contents that are not small lie on disk. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { OnNotice } from "../../base/notices.ts";
import { NixociError } from "../../base/errors.ts";
import { entryPathOf } from "../../flatten/tree/path.ts";
import { readLayerTar } from "../../image/layer/layer.ts";
import type { Layer } from "../../image/root.ts";
import type { FileContent, MadeAttributes, MadeEntry, MadeFile } from "../../recipe/mod.ts";
import { hasContent, type TarEntry } from "../../tar/entry.ts";
import { quoteName } from "../../tar/name.ts";
import { readTar } from "../../tar/read.ts";
import { expandSparse } from "../../tar/sparse.ts";
import { type ByteStream, collectStream } from "../../bytes/stream.ts";
import { isWhiteout } from "./whiteouts.ts";
import type { HashSearch } from "./store-hashes.ts";

/** Options for reading a layer. */
export interface ReadMadeOptions {
  /** The field whose script made it. */
  readonly field: string;
  /** An empty folder for the contents of files. */
  readonly folder: string;
  /** Searches contents and links. */
  readonly search: HashSearch;
  /** Files that were there before, by place: one whose content is the same keeps it. */
  readonly before: ReadonlyMap<string, MadeFile>;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the layer's files: one pass, in which contents that are not small go to disk.
 * @throws NixociError `UNSUPPORTED` for devices, FIFOs and sockets; `IO`, and what reading throws.
 */
export async function readMadeFiles(layer: Layer, options: ReadMadeOptions): Promise<MadeEntry[]> {
  const { search } = options;
  const made: MadeEntry[] = [];
  const room = { size: MOST_INLINE };
  for await (const { entry, data } of readTar(readLayerTar(layer, options.signal))) {
    const path = `/${entryPathOf(entry.path)}`;
    const attributes = attributesOf(entry, path);
    if (entry.type === "directory") {
      made.push({ type: "directory", ...attributes, ...modeOf(entry, path) });
    } else if (entry.type === "symlink") {
      search.add(Buffer.from(entry.linkpath));
      search.end();
      made.push({ type: "symlink", ...attributes, target: entry.linkpath });
    } else if (entry.type === "hardlink") {
      made.push({ type: "hardlink", path, target: `/${entryPathOf(entry.linkpath)}` });
    } else if (hasContent(entry.type)) {
      const content = await keepContent(entry, data, {
        ...options,
        path,
        number: made.length,
        room,
      });
      made.push({ type: "file", ...attributes, ...modeOf(entry, path), content });
    } else throw createKindError(options.field, path, entry.type);
  }
  return made;
}

function attributesOf({ uid, gid, xattrs }: TarEntry, path: string): MadeAttributes {
  return { path, uid, gid, ...(xattrs.size > 0 && { xattrs: Object.fromEntries(xattrs) }) };
}

/** Returns the mode; of whiteouts that of a file which dockerTools has touched. */
function modeOf({ mode }: TarEntry, path: string): { readonly mode: number } {
  return { mode: isWhiteout({ path }) ? 0o644 : mode & 0o7777 };
}

/** In bytes: what was there before may be compared in memory up to here. */
const MOST_COMPARED = 64 * 1024 * 1024;

/** In bytes: a file of up to so many, and all such files together, are kept in memory. Thousands of them take seconds on a disk. */
const SMALL = 16 * 1024;
const MOST_INLINE = 16 * 1024 * 1024;

/** A file whose content is to be kept. */
interface KeepOptions extends ReadMadeOptions {
  readonly path: string;
  readonly number: number;
  /** The bytes that can still be kept in memory. */
  readonly room: { size: number };
}

/** Keeps a file's content: what was there before where it is the same, bytes of a small one, or a file on disk. */
async function keepContent(
  entry: TarEntry,
  data: ByteStream,
  options: KeepOptions,
): Promise<FileContent> {
  if (entry.size === 0) return "";
  if (entry.size > SMALL || entry.size > options.room.size) {
    return await keepOnDisk(entry, data, options);
  }
  const { before, search, path, room } = options;
  const bytes = await collectStream(expandSparse(entry, data), entry.size, path);
  search.add(bytes);
  search.end();
  const there = before.get(path);
  if (inlineContentOf(there)?.equals(bytes)) return there!.content;
  room.size -= bytes.length;
  return bytes;
}

async function keepOnDisk(
  entry: TarEntry,
  data: ByteStream,
  { before, search, folder, path, number }: KeepOptions,
): Promise<FileContent> {
  const there = inlineContentOf(before.get(path));
  const same = there?.length === entry.size && there.length <= MOST_COMPARED ? there : undefined;
  const file = `${folder}/${number}`;
  const output = openSync(file, "wx", 0o600);
  let at = 0;
  let isSame = same !== undefined;
  try {
    for await (const chunk of expandSparse(entry, data)) {
      search.add(chunk);
      isSame &&= same!.subarray(at, at + chunk.length).equals(chunk);
      at += chunk.length;
      for (let done = 0; done < chunk.length;) done += writeSync(output, chunk, done);
    }
  } finally {
    closeSync(output);
  }
  search.end();
  return isSame ? before.get(path)!.content : { file };
}

function inlineContentOf(file: MadeFile | undefined): Buffer | undefined {
  const content = file?.content;
  if (typeof content === "string") return Buffer.from(content);
  return content instanceof Uint8Array
    ? Buffer.from(content.buffer, content.byteOffset, content.length)
    : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  char: "a device",
  block: "a device",
  fifo: "a FIFO",
};

function createKindError(field: string, path: string, type: string): NixociError {
  const what = `${field}: ${quoteName(path)} is ${WORDS[type] ?? type}`;
  return new NixociError("UNSUPPORTED", what, {
    hint: "layers made here hold files, folders and links; engines make /dev by themselves",
  });
}
