/**
 * Stores what many files have in common (type, layer, mode, owner, time, attributes), each
 * combination once.
 */
import type { TarEntry } from "../../tar/entry.ts";
import { checkBound, makeRoom } from "./columns.ts";
import type { FlatType } from "../types.ts";

/** A combination of attributes. */
export interface FileKind extends Pick<TarEntry, "mode" | "uid" | "gid" | "mtime" | "xattrs"> {
  readonly type: FlatType;
  readonly layer: number;
  readonly uname: string;
  readonly gname: string;
}

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

/** The number of recent combinations that are looked up. */
const RECENT = 4096;

/** Combinations by number, from 0. */
export class FileKinds {
  #count = 0;
  #type = new Uint8Array(64);
  #layer = new Uint16Array(64);
  #mode = new Uint16Array(64);
  #uid = new Uint32Array(64);
  #gid = new Uint32Array(64);
  #owner = new Uint32Array(64);
  #xattrs = new Uint32Array(64);
  #mtime = new BigInt64Array(64);
  /** By hash, one more than the number: of two with one hash the newer is found. */
  readonly #recent = new Uint32Array(RECENT);
  readonly #owners = new Interned<readonly [uname: string, gname: string]>(["", ""]);
  readonly #attributes = new Interned<TarEntry["xattrs"]>(new Map());

  /** Returns the number of an entry's combination, which is added if it is new. */
  add(entry: Omit<FileKind, "type" | "layer"> & Pick<TarEntry, "type">, layer: number): number {
    const { mode, uid, gid, uname, gname, xattrs } = entry;
    const type = TYPES.indexOf(entry.type === "contiguous" ? "file" : entry.type);
    const mtime = limitTime(entry.mtime);
    const owner = uname === "" && gname === ""
      ? 0
      : this.#owners.add(`${uname}\0${gname}`, [uname, gname]);
    const attributes = xattrs.size === 0
      ? 0
      : this.#attributes.add(keyOf(xattrs), copyXattrs(xattrs));
    const seconds = Number(BigInt.asUintN(32, mtime));
    let hash = type ^ (mode << 3) ^ Math.imul(uid ^ (gid << 7), 0x9e3779b1);
    hash = Math.imul(hash ^ seconds ^ (owner << 16) ^ (attributes << 20), 0x85ebca6b) + layer;
    const slot = (hash ^ (hash >>> 15)) & (RECENT - 1);
    const known = this.#recent[slot]! - 1;
    const isSame = known >= 0 && this.#type[known] === type && this.#layer[known] === layer &&
      this.#mode[known] === mode && this.#uid[known] === uid && this.#gid[known] === gid &&
      this.#owner[known] === owner && this.#xattrs[known] === attributes &&
      this.#mtime[known] === mtime;
    if (isSame) return known;
    const kind = this.#reserve();
    this.#type[kind] = type;
    this.#layer[kind] = layer;
    this.#mode[kind] = mode;
    this.#uid[kind] = uid;
    this.#gid[kind] = gid;
    this.#owner[kind] = owner;
    this.#xattrs[kind] = attributes;
    this.#mtime[kind] = mtime;
    this.#recent[slot] = kind + 1;
    return kind;
  }

  isDirectory(kind: number): boolean {
    return this.#type[kind] === DIRECTORY;
  }

  layerOf(kind: number): number {
    return this.#layer[kind]!;
  }

  get(kind: number): FileKind {
    const [uname, gname] = this.#owners.get(this.#owner[kind]!);
    return {
      type: TYPES[this.#type[kind]!]!,
      layer: this.#layer[kind]!,
      mode: this.#mode[kind]!,
      uid: this.#uid[kind]!,
      gid: this.#gid[kind]!,
      uname,
      gname,
      mtime: this.#mtime[kind]!,
      xattrs: this.#attributes.get(this.#xattrs[kind]!),
    };
  }

  #reserve(): number {
    const kind = this.#count++;
    this.#type = makeRoom(this.#type, kind);
    this.#layer = makeRoom(this.#layer, kind);
    this.#mode = makeRoom(this.#mode, kind);
    this.#uid = makeRoom(this.#uid, kind);
    this.#gid = makeRoom(this.#gid, kind);
    this.#owner = makeRoom(this.#owner, kind);
    this.#xattrs = makeRoom(this.#xattrs, kind);
    this.#mtime = makeRoom(this.#mtime, kind);
    return kind;
  }
}

/** The most bytes of owners or attributes: images have few, and short ones. */
const MOST_INTERNED = 64 * 1024 * 1024;

/** Values that many files share, each kept once. */
class Interned<T> {
  readonly #values: T[];
  readonly #numbers = new Map<string, number>();
  #size = 0;

  /** @param none the value of number 0. */
  constructor(none: T) {
    this.#values = [none];
  }

  add(key: string, value: T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#size += key.length;
    checkBound(this.#size, MOST_INTERNED, "bytes of owners or attributes");
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

/** Copies attributes: their bytes are part of a header that would otherwise stay in memory. */
function copyXattrs(xattrs: TarEntry["xattrs"]): TarEntry["xattrs"] {
  return new Map(Array.from(xattrs, ([name, value]) => [name, Uint8Array.from(value)]));
}

const MOST = 2n ** 63n - 1n;

/** Limits a time to the years 1678 to 2262; there are no files beyond. */
function limitTime(mtime: bigint): bigint {
  return mtime > MOST ? MOST : mtime < -MOST ? -MOST : mtime;
}
