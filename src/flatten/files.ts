/** What is known of the files that show: some fifty bytes each, in columns. */
import { decodeName, encodeName } from "../tar/name.ts";
import type { Extent, TarEntry } from "../tar/entry.ts";
import { Arena, withRoom } from "./columns.ts";
import type { FlatEntry, FlatType } from "./types.ts";

/** What a file says of itself, whatever its names are. */
export type FileFacts = Omit<FlatEntry, "path" | "file" | "linkTo">;

/** The same, as a member of a layer says it. */
type Told = Omit<FileFacts, "type" | "layer" | "storedSize"> & Pick<TarEntry, "type">;

const TYPES: readonly FlatType[] = [
  "file",
  "hardlink",
  "symlink",
  "char",
  "block",
  "directory",
  "fifo",
];
const DIRECTORY = TYPES.indexOf("directory");

/** Files by number, from 1. */
export class Files {
  #count = 1;
  #type = new Uint8Array(256);
  #layer = new Uint16Array(256);
  #mode = new Uint16Array(256);
  #uid = new Uint32Array(256);
  #gid = new Uint32Array(256);
  #owner = new Uint32Array(256);
  #xattrs = new Uint32Array(256);
  #mtime = new BigInt64Array(256);
  #size = new Float64Array(256);
  #linkAt = new Uint32Array(256);
  readonly #links = new Arena();
  readonly #owners = new Interned<readonly [uname: string, gname: string]>(["", ""]);
  readonly #attributes = new Interned<TarEntry["xattrs"]>(new Map());
  /** The few that have them. */
  readonly #devices = new Map<number, readonly [major: number, minor: number]>();
  readonly #sparse = new Map<number, Float64Array>();

  /** One more than the largest number. */
  get count(): number {
    return this.#count;
  }

  /** Takes in what a layer says of a file; the file's number. */
  add(told: Told, storedSize: number, layer: number): number {
    const { type, mode, uid, gid, uname, gname, mtime, size, xattrs, sparse, linkpath } = told;
    const file = this.#reserve();
    this.#type[file] = TYPES.indexOf(type === "contiguous" ? "file" : type);
    this.#layer[file] = layer;
    this.#mode[file] = mode;
    this.#uid[file] = uid;
    this.#gid[file] = gid;
    this.#owner[file] = this.#owners.add(`${uname}\0${gname}`, [uname, gname]);
    this.#xattrs[file] = xattrs.size === 0 ? 0 : this.#attributes.add(keyOf(xattrs), own(xattrs));
    this.#mtime[file] = clamped(mtime);
    this.#size[file] = size;
    if (linkpath !== "") this.#setLink(file, encodeName(linkpath));
    if (type === "char" || type === "block") {
      this.#devices.set(file, [told.devmajor, told.devminor]);
    }
    if (sparse !== undefined) this.#sparse.set(file, packed(sparse, storedSize));
    return file;
  }

  isDirectory(file: number): boolean {
    return this.#type[file] === DIRECTORY;
  }

  layerOf(file: number): number {
    return this.#layer[file]!;
  }

  /** All that is known of the file. */
  facts(file: number): FileFacts {
    const [uname, gname] = this.#owners.get(this.#owner[file]!);
    const [devmajor, devminor] = this.#devices.get(file) ?? [0, 0];
    const size = this.#size[file]!;
    const sparse = this.#sparse.get(file);
    return {
      type: TYPES[this.#type[file]!]!,
      linkpath: this.#linkOf(file),
      size,
      storedSize: sparse?.[0] ?? size,
      sparse: sparse && unpacked(sparse),
      mode: this.#mode[file]!,
      uid: this.#uid[file]!,
      gid: this.#gid[file]!,
      uname,
      gname,
      mtime: this.#mtime[file]!,
      devmajor,
      devminor,
      xattrs: this.#attributes.get(this.#xattrs[file]!),
      layer: this.#layer[file]!,
    };
  }

  #reserve(): number {
    const file = this.#count++;
    this.#type = withRoom(this.#type, file);
    this.#layer = withRoom(this.#layer, file);
    this.#mode = withRoom(this.#mode, file);
    this.#uid = withRoom(this.#uid, file);
    this.#gid = withRoom(this.#gid, file);
    this.#owner = withRoom(this.#owner, file);
    this.#xattrs = withRoom(this.#xattrs, file);
    this.#mtime = withRoom(this.#mtime, file);
    this.#size = withRoom(this.#size, file);
    this.#linkAt = withRoom(this.#linkAt, file);
    return file;
  }

  /** A link's name, its length in front. */
  #setLink(file: number, name: Buffer): void {
    // Where there is none it is 0, so that the first byte is nobody's.
    if (this.#links.end === 0) this.#links.add(Buffer.alloc(1));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(name.length);
    this.#linkAt[file] = this.#links.end;
    this.#links.add(length);
    this.#links.add(name);
  }

  #linkOf(file: number): string {
    const at = this.#linkAt[file]!;
    if (at === 0) return "";
    const { bytes } = this.#links;
    return decodeName(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
  }
}

/** Values that many files share, each kept once. */
class Interned<T> {
  readonly #values: T[];
  readonly #numbers = new Map<string, number>();

  /** @param none the value of number 0. */
  constructor(none: T) {
    this.#values = [none];
  }

  add(key: string, value: T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.push(value) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  get(number: number): T {
    return this.#values[number]!;
  }
}

function keyOf(xattrs: TarEntry["xattrs"]): string {
  return JSON.stringify(Array.from(xattrs, ([name, value]) => {
    return [name, Buffer.from(value).toString("base64")];
  }));
}

/** A copy: the bytes are part of a header that would otherwise stay in memory with them. */
function own(xattrs: TarEntry["xattrs"]): TarEntry["xattrs"] {
  return new Map(Array.from(xattrs, ([name, value]) => [name, Uint8Array.from(value)]));
}

const MOST = 2n ** 63n - 1n;

/** Times of the years 1678 to 2262, beyond which there is no file. */
function clamped(mtime: bigint): bigint {
  return mtime > MOST ? MOST : mtime < -MOST ? -MOST : mtime;
}

/** The stored size, then pairs of offset and size. */
function packed(extents: readonly Extent[], storedSize: number): Float64Array {
  return Float64Array.from([storedSize, ...extents.flatMap(({ offset, size }) => [offset, size])]);
}

function unpacked(numbers: Float64Array): Extent[] {
  const extents: Extent[] = [];
  for (let at = 1; at < numbers.length; at += 2) {
    extents.push({ offset: numbers[at]!, size: numbers[at + 1]! });
  }
  return extents;
}
