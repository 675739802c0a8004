/**
 * Which entry of which layer shows at each path: layers are added newest first, so that what is
 * hidden is known when it passes by.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
import { NixociError } from "../base/errors.ts";
import type { IndexedEntry } from "../tar/entry.ts";
import { decodeName, encodeName, quoteName } from "../tar/name.ts";
import { Column } from "./columns.ts";
import { FileTable } from "./file-table.ts";
import { NameTree, ROOT } from "./name-tree.ts";
import { type Mark, markOf, partsOf } from "./path.ts";

/** Members that show, and what hides the rest. Layers are numbered from 1, the lowest. */
export class LayerTree {
  readonly names = new NameTree();
  readonly files = new FileTable();
  /** Whether names of whiteouts are names like others. */
  readonly #plain: boolean;
  /** The layer whose entries are being added. */
  #layer = 0;
  /** The file that shows at a node; 0 for none, or a directory that no layer describes. */
  readonly #file = new Column(Uint32Array);
  /** The newest layer that has something below a node: it is a directory, though none describes it. */
  readonly #implied = new Column(Uint16Array);
  /** A node and all below it are hidden in the layers under this one: it is deleted, or no directory. */
  readonly #gone = new Column(Uint16Array);
  /** All below a node, but not the node, is hidden in the layers under this one. */
  readonly #opaque = new Column(Uint16Array);
  /** The folder of the last member, as its name has it, and the folder's node: the next is often there. */
  #folder: { readonly name: string; readonly node: number } | undefined;

  constructor(options: { readonly plain?: boolean } = {}) {
    this.#plain = options.plain ?? false;
  }

  /** Says which layer the entries to come are of: each below the one before. */
  beginLayer(layer: number): void {
    if (layer > 0xffff) throw new NixociError("LIMIT", `the image has more than ${0xffff} layers`);
    this.#layer = layer;
    this.#folder = undefined;
  }

  /**
   * Adds a member of the layer, a file or a whiteout.
   * @returns the node where it shows now; 0 when it is hidden, or hides.
   * @throws NixociError `UNSAFE` for names that leave the image, and for a root that is no directory.
   */
  add(member: IndexedEntry): number {
    const { entry, storedSize } = member;
    const { path, type } = entry;
    const node = this.#nodeOf(path);
    if (node === ROOT && type !== "directory") {
      throw new NixociError("UNSAFE", `the layer's entry ${quoteName(path)} replaces the root`, {
        hint: "the image is malicious or broken; do not use it",
      });
    }
    if (node === 0) return 0;
    const shows = type === "directory" ? this.#describes(node) : this.#replaces(node);
    if (!shows) return 0;
    this.#file.set(node, this.files.add(entry, storedSize, this.#layer));
    return node;
  }

  /** The node of a path; 0 when there is none. */
  find(parts: readonly Buffer[]): number {
    let node = ROOT;
    for (const part of parts) {
      node = this.names.find(node, part);
      if (node === 0) return 0;
    }
    return node;
  }

  /** The path of a node, as entries have it. */
  pathOf(node: number): string {
    const parts: string[] = [];
    for (let at = node; at !== ROOT; at = this.names.parentOf(at)) {
      parts.push(decodeName(this.names.nameOf(at)));
    }
    return parts.reverse().join("/");
  }

  /** The file at a node; 0 where there is none, or none is described. */
  fileAt(node: number): number {
    return this.#file.get(node);
  }

  /** Makes a node a name of another file. */
  setFile(node: number, file: number): void {
    this.#file.set(node, file);
  }

  /** Whether there is anything at the node. */
  shows(node: number): boolean {
    return node === ROOT || this.#file.get(node) !== 0 || this.#implied.get(node) !== 0;
  }

  /** Whether layers to come have nothing that shows at the node. */
  isGone(node: number): boolean {
    return this.#gone.get(node) !== 0;
  }

  /** Whether what lies below the node is hidden in all layers to come. */
  isSealed(node: number): boolean {
    return this.#gone.get(node) !== 0 || this.#opaque.get(node) !== 0;
  }

  /** The node of a member; 0 where it is hidden, or hides. */
  #nodeOf(path: string): number {
    const end = path.endsWith("/") ? path.length - 1 : path.length;
    const start = path.lastIndexOf("/", end - 1) + 1;
    const name = path.slice(start, end);
    const folder = path.slice(0, start);
    const isPlain = name !== "" && !name.startsWith(".");
    if (isPlain && folder === this.#folder?.name) {
      return this.#reach([encodeName(name)], true, this.#folder.node);
    }
    const parts = partsOf(path);
    const mark = this.#plain ? undefined : markOf(parts, path);
    if (mark !== undefined) return this.#hide(parts.slice(0, -1), mark);
    const last = parts.pop();
    if (last === undefined) return ROOT;
    const node = this.#reach(parts, true);
    if (isPlain) this.#folder = { name: folder, node };
    return this.#reach([last], true, node);
  }

  /** Hides what lower layers have. What there is not need not be there for that. */
  #hide(folder: readonly Buffer[], mark: Mark): 0 {
    if (mark.kind === "ignored") return 0;
    const parent = this.#reach(folder, false);
    if (parent === 0) return 0;
    if (mark.kind === "opaque") this.#note(this.#opaque, parent);
    else this.#note(this.#gone, this.#make(parent, mark.hidden));
    return 0;
  }

  /**
   * The node of a path; 0 where layers above hide what this one has there.
   * @param implies whether the nodes on the way there become directories.
   * @param from where the path begins; 0 where that is hidden.
   */
  #reach(parts: readonly Buffer[], implies: boolean, from = ROOT): number {
    let node = from;
    for (const part of parts) {
      if (node === 0) return 0;
      if (implies && node !== ROOT) this.#imply(node);
      if (this.#opaque.get(node) > this.#layer) return 0;
      node = this.#make(node, part);
      if (this.#gone.get(node) > this.#layer) return 0;
    }
    return node;
  }

  /** Makes a directory of a node, also of a file of this layer, which goes on below it. */
  #imply(node: number): void {
    if (this.#implied.get(node) !== 0) return;
    this.#implied.set(node, this.#layer);
    const file = this.#file.get(node);
    if (file !== 0 && !this.files.isDirectory(file)) this.#file.set(node, 0);
  }

  /** Notes that this layer is the newest that says so. */
  #note(column: Column, node: number): void {
    if (column.get(node) === 0) column.set(node, this.#layer);
  }

  #make(parent: number, name: Buffer): number {
    const node = this.names.make(parent, name);
    this.#file.reserve(node);
    this.#implied.reserve(node);
    this.#gone.reserve(node);
    this.#opaque.reserve(node);
    return node;
  }

  /** Whether the layer's directory at the node is the newest that describes it. */
  #describes(node: number): boolean {
    const before = this.#file.get(node);
    return before === 0 || this.files.layerOf(before) === this.#layer;
  }

  /**
   * Whether a file of the layer that is no directory shows at the node. Be it so or not, all that
   * lower layers have there is gone, and so is what this layer had: of two entries the last counts.
   */
  #replaces(node: number): boolean {
    this.#note(this.#gone, node);
    if (this.#implied.get(node) !== 0) {
      this.#prune(node);
      this.#folder = undefined;
    }
    if (!this.#describes(node)) return false;
    this.#file.set(node, 0);
    return this.#implied.get(node) === 0;
  }

  /** Forgets what this layer has below the node. */
  #prune(node: number): void {
    if (this.#implied.get(node) === this.#layer) this.#implied.set(node, 0);
    for (const child of this.names.childrenOf(node)) {
      const file = this.#file.get(child);
      if (file !== 0 && this.files.layerOf(file) === this.#layer) this.#file.set(child, 0);
      if (this.#implied.get(child) !== 0) this.#prune(child);
    }
  }
}
