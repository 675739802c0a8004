/** Stores all names of a tree: a node for each, its parent, and the bytes of its last part. */
import { randomBytes } from "node:crypto";
import { Arena, checkBound, Column } from "./columns.ts";

/** The node of the root; 0 is not a node. */
export const ROOT = 1;

/** The most files: no image has so many, and they would take more than a gigabyte here. */
export const MOST_FILES = 1 << 24;

/** The most bytes of a path: Linux takes no longer one. */
const MOST_PATH = 4096;

/** The most bytes of all paths together: a few deep names could stand for gigabytes of them. */
const MOST_PATHS = 1 << 30;

/** A tree of names in some thirty bytes a node, beside the names themselves. */
export class NameTree {
  readonly #text = new Arena();
  /** Each node's name; it ends where the next one's begins. */
  readonly #name = new Column(Uint32Array);
  readonly #parent = new Column(Uint32Array);
  /** The bytes of each node's path, with a slash at its end. */
  readonly #length = new Column(Uint16Array);
  #paths = 0;
  readonly #firstChild = new Column(Uint32Array);
  readonly #nextSibling = new Column(Uint32Array);
  /** An open hash table of nodes by parent and name, at most two thirds full. */
  #slots = new Uint32Array(512);
  /** Random, so that the maker of an archive cannot know which names collide. */
  readonly #seed = randomBytes(4).readUInt32LE();
  #count = ROOT + 1;

  /** One more than the largest node. */
  get count(): number {
    return this.#count;
  }

  /** Returns the node above; 0 for the root. */
  parentOf(node: number): number {
    return this.#parent.get(node);
  }

  /** Returns the bytes of the node's name; the root has none. */
  nameOf(node: number): Buffer {
    const name = this.#name.get(node);
    return this.#text.sheetOf(name).subarray(this.#text.startOf(name), this.#endOf(node));
  }

  /** Compares two nodes' names as bytes. */
  compare(a: number, b: number): number {
    const text = this.#text;
    const [left, right] = [this.#name.get(a), this.#name.get(b)];
    const [from, to] = [text.startOf(left), text.startOf(right)];
    const sheet = text.sheetOf(right);
    return text.sheetOf(left).compare(sheet, to, this.#endOf(b), from, this.#endOf(a));
  }

  /** Iterates over the nodes directly below, in no order. */
  *childrenOf(node: number): Generator<number, void> {
    let child = this.#firstChild.get(node);
    for (; child !== 0; child = this.#nextSibling.get(child)) yield child;
  }

  /** Returns the node of that name below the parent; 0 when there is none. */
  find(parent: number, name: Uint8Array): number {
    return this.#slots[this.#slotOf(parent, name)]!;
  }

  /** Returns the node of that name below the parent, made if there is none. */
  make(parent: number, name: Uint8Array): number {
    const slot = this.#slotOf(parent, name);
    const found = this.#slots[slot]!;
    if (found !== 0) return found;
    const node = this.#count++;
    checkBound(node, MOST_FILES, "names");
    const length = this.#length.get(parent) + name.length + 1;
    checkBound(length, MOST_PATH, "bytes in a path");
    checkBound(this.#paths += length, MOST_PATHS, "bytes in all paths together");
    this.#name.reserve(node);
    this.#parent.reserve(node);
    this.#length.reserve(node);
    this.#firstChild.reserve(node);
    this.#nextSibling.reserve(node);
    this.#name.set(node, this.#text.add(name));
    this.#parent.set(node, parent);
    this.#length.set(node, length);
    this.#nextSibling.set(node, this.#firstChild.get(parent));
    this.#firstChild.set(parent, node);
    this.#slots[slot] = node;
    if (this.#count * 3 > this.#slots.length * 2) this.#rehash();
    return node;
  }

  /** Returns the node's place in the table, or the free one for it. */
  #slotOf(parent: number, name: Uint8Array): number {
    const mask = this.#slots.length - 1;
    for (let at = this.#hash(parent, name) & mask;; at = (at + 1) & mask) {
      const node = this.#slots[at]!;
      if (node === 0 || (this.#parent.get(node) === parent && this.#isNamed(node, name))) return at;
    }
  }

  /** Returns the place on its sheet where the node's name ends. */
  #endOf(node: number): number {
    const next = node + 1 < this.#count ? this.#name.get(node + 1) : undefined;
    return this.#text.endOf(this.#name.get(node), next);
  }

  #isNamed(node: number, name: Uint8Array): boolean {
    const own = this.#name.get(node);
    const start = this.#text.startOf(own);
    if (this.#endOf(node) - start !== name.length) return false;
    const bytes = this.#text.sheetOf(own);
    for (let i = 0; i < name.length; i++) {
      if (bytes[start + i] !== name[i]) return false;
    }
    return true;
  }

  /** Hashes the name and its parent: FNV-1a, mixed once more at the end. */
  #hash(parent: number, name: Uint8Array): number {
    let hash = this.#seed ^ Math.imul(parent, 0x9e3779b1);
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name[i]!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let node = ROOT + 1; node < this.#count; node++) {
      this.#slots[this.#slotOf(this.#parent.get(node), this.nameOf(node))] = node;
    }
  }
}
