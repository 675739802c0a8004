/** Stores what is known of the files that show, in columns: some twenty bytes each. */
import type { Extent, TarEntry } from "../../tar/entry.ts";
import { decodeName, encodeName } from "../../tar/name.ts";
import { Arena, checkBound, Column } from "./columns.ts";
import { FileKinds } from "./file-kinds.ts";
import { MOST_FILES } from "./name-tree.ts";
import type { FlatEntry } from "../types.ts";

/** Facts of a file that do not depend on its names. */
export type FileFacts = Omit<FlatEntry, "path" | "file" | "linkTo">;

/** The same facts as a layer's member has them. */
type MemberFacts = Omit<FileFacts, "type" | "layer" | "storedSize"> & Pick<TarEntry, "type">;

/** The most parts of sparse files: a disk of terabytes has some thousand. */
const MOST_EXTENTS = 1 << 22;

/** Files by number, from 1. */
export class FileTable {
  #count = 1;
  readonly #kind = new Column(Uint32Array);
  readonly #size = new Column(Float64Array);
  /** One more than the number of a link's name; 0 where there is none. */
  readonly #link = new Column(Uint32Array);
  readonly #kinds = new FileKinds();
  readonly #links = new Arena();
  /** Device numbers of the few files that have them. */
  readonly #devices = new Map<number, readonly [major: number, minor: number]>();
  readonly #sparse = new Map<number, Float64Array>();
  #extents = 0;

  /** Adds a file, and returns its number. */
  add(told: MemberFacts, storedSize: number, layer: number): number {
    const { type, size, sparse, linkpath } = told;
    const file = this.#count++;
    checkBound(file, MOST_FILES, "files");
    checkBound(this.#extents += sparse?.length ?? 0, MOST_EXTENTS, "parts of sparse files");
    this.#kind.reserve(file);
    this.#size.reserve(file);
    this.#link.reserve(file);
    this.#kind.set(file, this.#kinds.add(told, layer));
    this.#size.set(file, size);
    if (linkpath !== "") this.#setLink(file, encodeName(linkpath));
    if (type === "char" || type === "block") {
      this.#devices.set(file, [told.devmajor, told.devminor]);
    }
    if (sparse !== undefined) this.#sparse.set(file, packExtents(sparse, storedSize));
    return file;
  }

  isDirectory(file: number): boolean {
    return this.#kinds.isDirectory(this.#kind.get(file));
  }

  layerOf(file: number): number {
    return this.#kinds.layerOf(this.#kind.get(file));
  }

  /** Returns all that is known of a file. */
  facts(file: number): FileFacts {
    return this.entryOf(file, "", undefined);
  }

  /** Returns the entry of a file under one of its names. */
  entryOf(file: number, path: string, linkTo: string | undefined): FlatEntry {
    const [devmajor, devminor] = this.#devices.get(file) ?? [0, 0];
    const size = this.#size.get(file);
    const sparse = this.#sparse.get(file);
    const { type, layer, mode, uid, gid, uname, gname, mtime, xattrs } = this.#kinds.get(
      this.#kind.get(file),
    );
    // Spelled out: to spread is several times slower, and there may be a million.
    return {
      path,
      file,
      linkTo,
      type,
      layer,
      mode,
      uid,
      gid,
      uname,
      gname,
      mtime,
      xattrs,
      linkpath: this.#linkOf(file),
      size,
      storedSize: sparse?.[0] ?? size,
      sparse: sparse && unpackExtents(sparse),
      devmajor,
      devminor,
    };
  }

  /** Stores a link's target, its length in front. */
  #setLink(file: number, name: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(name.length);
    this.#link.set(file, this.#links.add(Buffer.concat([length, name])) + 1);
  }

  #linkOf(file: number): string {
    const link = this.#link.get(file) - 1;
    if (link < 0) return "";
    const [bytes, at] = [this.#links.sheetOf(link), this.#links.startOf(link)];
    return decodeName(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
  }
}

/** Packs the stored size, then pairs of offset and size. */
function packExtents(extents: readonly Extent[], storedSize: number): Float64Array {
  return Float64Array.from([storedSize, ...extents.flatMap(({ offset, size }) => [offset, size])]);
}

function unpackExtents(numbers: Float64Array): Extent[] {
  const extents: Extent[] = [];
  for (let at = 1; at < numbers.length; at += 2) {
    extents.push({ offset: numbers[at]!, size: numbers[at + 1]! });
  }
  return extents;
}
