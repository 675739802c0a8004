/**
 * The names of all layers in one tree, and which entry of which layer shows at each: layers are added newest first, so that what is
 * hidden is known when it passes by.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
import { NixociError } from "../base/errors.ts";
import type { IndexedEntry } from "../tar/entry.ts";
import { decodeName, encodeName, quoteName } from "../tar/name.ts";
import { Column } from "./columns.ts";
import { FileTable } from "./file-table.ts";
import { LayerMarks } from "./layer-marks.ts";
import { NameTree, ROOT } from "./name-tree.ts";
import { type Mark, markOf, partsOf } from "./path.ts";

/** The members that show, and what hides the rest. Layers are numbered from 1, the lowest. */
export class LayerTree {
  readonly names = new NameTree();
  readonly files = new FileTable();
  /** Marks on the nodes: made a directory, or hidden. */
  readonly marks = new LayerMarks();
  /** True if names of whiteouts are names like others. */
  readonly #plain: boolean;
  /** The layer whose entries are being added. */
  #layer = 0;
  /** The file that shows at a node; 0 for none, or a directory that no layer describes. */
  readonly #file = new Column(Uint32Array);
  /** The folder of the last member, as its name has it, and the folder's node: the next is often there. */
  #folder: { readonly name: string; readonly node: number } | undefined;

  constructor(options: { readonly plain?: boolean } = {}) {
    this.#plain = options.plain ?? false;
  }

  /** Begins a layer: the entries to come are its own. Each layer lies below the one before. */
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
    const node = this.#addName(path);
    if (node === ROOT && type !== "directory") {
      throw new NixociError("UNSAFE", `the layer's entry ${quoteName(path)} replaces the root`, {
        hint: "the image is malicious or broken; do not use it",
      });
    }
    if (node === 0) return 0;
    const shows = type === "directory" ? this.#isNewest(node) : this.#replace(node);
    if (!shows) return 0;
    this.#file.set(node, this.files.add(entry, storedSize, this.#layer));
    return node;
  }

  /** Returns the node of a path; 0 when there is none. */
  find(parts: readonly Buffer[]): number {
    let node = ROOT;
    for (const part of parts) {
      node = this.names.find(node, part);
      if (node === 0) return 0;
    }
    return node;
  }

  /** Returns the path of a node, as entries have it. */
  pathOf(node: number): string {
    const parts: string[] = [];
    for (let at = node; at !== ROOT; at = this.names.parentOf(at)) {
      parts.push(decodeName(this.names.nameOf(at)));
    }
    return parts.reverse().join("/");
  }

  /** Returns the file at a node; 0 where there is none, or none is described. */
  fileAt(node: number): number {
    return this.#file.get(node);
  }

  /** Makes a node a name of another file. */
  setFile(node: number, file: number): void {
    this.#file.set(node, file);
  }

  /** Tells whether there is anything at the node. */
  shows(node: number): boolean {
    return node === ROOT || this.#file.get(node) !== 0 || this.marks.impliedBy(node) !== 0;
  }

  /** Adds the name of a member. @returns its node; 0 where it is hidden, or hides. */
  #addName(path: string): number {
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

  /** Hides what lower layers have, whether or not they have it. */
  #hide(folder: readonly Buffer[], mark: Mark): 0 {
    if (mark.kind === "ignored") return 0;
    const parent = this.#reach(folder, false);
    if (parent === 0) return 0;
    if (mark.kind === "opaque") this.marks.seal(parent, this.#layer);
    else this.marks.hide(this.#make(parent, mark.hidden), this.#layer);
    return 0;
  }

  /**
   * Returns the node of a path, made if there is none; 0 where newer layers hide what this one has.
   * @param implies whether the nodes on the way become directories.
   * @param from the node where the path begins; 0 where that is hidden.
   */
  #reach(parts: readonly Buffer[], implies: boolean, from = ROOT): number {
    const { marks } = this;
    let node = from;
    for (const part of parts) {
      if (node === 0) return 0;
      if (implies && node !== ROOT) this.#imply(node);
      if (marks.isHiddenBelow(node, this.#layer)) return 0;
      node = this.#make(node, part);
      if (marks.isHidden(node, this.#layer)) return 0;
    }
    return node;
  }

  /** Makes a directory of a node, also of a file of this layer, which goes on below it. */
  #imply(node: number): void {
    if (!this.marks.imply(node, this.#layer)) return;
    const file = this.#file.get(node);
    if (file !== 0 && !this.files.isDirectory(file)) this.#file.set(node, 0);
  }

  #make(parent: number, name: Buffer): number {
    const node = this.names.make(parent, name);
    this.#file.reserve(node);
    this.marks.reserve(node);
    return node;
  }

  /** Tells whether no newer layer describes the node. */
  #isNewest(node: number): boolean {
    const before = this.#file.get(node);
    return before === 0 || this.files.layerOf(before) === this.#layer;
  }

  /**
   * Makes room for a file of the layer that is no directory. All that lower layers have there is gone,
   * and so is what this layer had: of two entries the last counts.
   * @returns whether the file shows.
   */
  #replace(node: number): boolean {
    this.marks.hide(node, this.#layer);
    if (this.marks.impliedBy(node) !== 0) {
      this.#prune(node);
      this.#folder = undefined;
    }
    if (!this.#isNewest(node)) return false;
    this.#file.set(node, 0);
    return this.marks.impliedBy(node) === 0;
  }

  /** Forgets what this layer has below the node. */
  #prune(node: number): void {
    if (this.marks.impliedBy(node) === this.#layer) this.marks.forgetImplied(node);
    for (const child of this.names.childrenOf(node)) {
      const file = this.#file.get(child);
      if (file !== 0 && this.files.layerOf(file) === this.#layer) this.#file.set(child, 0);
      if (this.marks.impliedBy(child) !== 0) this.#prune(child);
    }
  }
}
