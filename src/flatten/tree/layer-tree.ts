/**
 * The names of all layers in one tree, and which entry of which layer shows at each: layers are added newest first, so that what is
 * hidden is known when it passes by.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
import { NixociError } from "../../base/errors.ts";
import type { IndexedEntry, TarEntry } from "../../tar/entry.ts";
import { decodeName, encodeName, quoteName } from "../../tar/name.ts";
import { Column } from "./columns.ts";
import { FileTable } from "./file-table.ts";
import { LayerLinks } from "./layer-links.ts";
import { LayerMarks } from "./layer-marks.ts";
import { NameTree, ROOT } from "./name-tree.ts";
import { type Mark, markOf, partsOf, splitTarget, UP } from "./path.ts";

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
  readonly #links = new LayerLinks(this.names, this.files, (node) => this.#file.get(node));
  /** The folder of the last member, as its name has it, and the folder's node: the next is often there. */
  #folder: { readonly name: string; readonly node: number } | undefined;
  /** The folder whose path was last asked for: the next is often there. */
  #above = { node: ROOT, path: "" };

  constructor(options: { readonly plain?: boolean } = {}) {
    this.#plain = options.plain ?? false;
  }

  /** Begins a layer: the entries to come are its own. Each layer lies below the one before. */
  beginLayer(layer: number): void {
    if (layer > 0xffff) throw new NixociError("LIMIT", `the image has more than ${0xffff} layers`);
    this.#layer = layer;
    this.#folder = undefined;
    this.#links.beginLayer(layer);
  }

  /**
   * Adds a member of the layer, a file or a whiteout. Links of the same layer are followed on its way.
   * @param target of a hard link, as {@link targetOf} returns it.
   * @returns the node where it shows now; 0 when it is hidden, or hides.
   * @throws NixociError `UNSAFE` for names that leave the image, links in a circle, and a root that is
   * not a directory; `MALFORMED` for a member below a file of the same layer; `LIMIT` for long paths.
   */
  add(member: IndexedEntry, target?: readonly Buffer[]): number {
    const link = target && this.#links.targetAt(this.find(target));
    const node = this.#add(member);
    // Another name of a symbolic link leads where the link does.
    if (node !== 0 && link !== undefined) this.#links.hide(node, link);
    return node;
  }

  #add({ entry, storedSize }: IndexedEntry): number {
    const { path, type } = entry;
    const end = path.endsWith("/") ? path.length - 1 : path.length;
    const start = path.lastIndexOf("/", end - 1) + 1;
    const name = path.slice(start, end);
    const folder = path.slice(0, start);
    const isPlain = name !== "" && !name.startsWith(".");
    if (isPlain && folder === this.#folder?.name) {
      return this.#addBelow(this.#folder.node, encodeName(name), entry, storedSize);
    }
    const parts = partsOf(path);
    const mark = this.#plain ? undefined : markOf(parts, path);
    if (mark !== undefined) return this.#hide(parts.slice(0, -1), mark, path);
    const last = parts.pop();
    if (last === undefined) {
      if (type !== "directory") throw rootReplacedError(path);
      return this.#addAt(ROOT, entry, storedSize);
    }
    const node = this.#reach(parts, true, path);
    if (isPlain) this.#folder = { name: folder, node };
    return this.#addBelow(node, last, entry, storedSize);
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

  /** Returns the parts of a hard link's target: links of the layer are followed, `..` stops at the root. */
  targetOf(linkpath: string): Buffer[] {
    const parts = splitTarget(linkpath);
    const last = parts.at(-1)?.equals(UP) ? undefined : parts.pop();
    const folder = this.#links.follow(parts, linkpath);
    return last === undefined ? folder : [...folder, last];
  }

  /** Returns the path of a node, as entries have it. */
  pathOf(node: number): string {
    if (node === ROOT) return "";
    const above = this.names.parentOf(node);
    if (above !== this.#above.node) this.#above = { node: above, path: this.pathOf(above) };
    const { path } = this.#above;
    const name = decodeName(this.names.nameOf(node));
    return path === "" ? name : `${path}/${name}`;
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

  /** Adds an entry below a folder's node, which is 0 where newer layers hide it. */
  #addBelow(folder: number, name: Buffer, entry: TarEntry, storedSize: number): number {
    const node = this.#step(folder, name);
    if (node !== 0) return this.#addAt(node, entry, storedSize);
    this.#addHidden(entry);
    return 0;
  }

  #addAt(node: number, entry: TarEntry, storedSize: number): number {
    this.#links.forget(node);
    const before = this.#file.get(node);
    if (before !== 0 && this.files.layerOf(before) === this.#layer) this.#folder = undefined;
    if (entry.type === "directory" ? !this.#isNewest(node) : !this.#replace(node, entry)) return 0;
    this.#file.set(node, this.files.add(entry, storedSize, this.#layer));
    return node;
  }

  /** Notes a link that newer layers hide: members to come may lie below it, and show elsewhere. */
  #addHidden({ path, type, linkpath }: TarEntry): void {
    if (type !== "symlink" && !(type === "directory" && this.#links.hasHidden)) return;
    const parts = partsOf(path);
    const last = parts.pop()!;
    const real = [...this.#links.follow(parts, path), last];
    if (type !== "symlink") return this.#links.forget(this.find(real));
    const node = real.reduce((parent, part) => this.#make(parent, part), ROOT);
    this.#links.hide(node, linkpath);
  }

  /** Hides what lower layers have, whether or not they have it. */
  #hide(folder: readonly Buffer[], mark: Mark, path: string): 0 {
    if (mark.kind === "ignored") return 0;
    const parent = this.#reach(folder, false, path);
    if (parent === 0) return 0;
    if (mark.kind === "opaque") this.marks.seal(parent, this.#layer);
    else this.marks.hide(this.#make(parent, mark.hidden), this.#layer);
    return 0;
  }

  /**
   * Returns the node of a folder, made if there is none; 0 where newer layers hide what this one has.
   * Links of this layer are followed.
   * @param implies whether the nodes on the way become directories.
   */
  #reach(folder: readonly Buffer[], implies: boolean, path: string): number {
    let node = ROOT;
    for (const part of folder) {
      node = this.#step(node, part);
      if (node === 0) break;
      if (this.marks.impliedBy(node) !== this.#layer && this.#links.isBlocked(node)) {
        return this.#reach(this.#links.follow(folder, path), implies, path);
      }
      if (implies) this.marks.imply(node, this.#layer);
    }
    if (node !== 0 || !this.#links.hasHidden) return node;
    const followed = this.#links.follow(folder, path);
    return isSame(folder, followed) ? 0 : this.#reach(followed, implies, path);
  }

  /** Returns the node of a name below a node, made if there is none; 0 where newer layers hide it. */
  #step(parent: number, name: Buffer): number {
    if (parent === 0 || this.marks.isHiddenBelow(parent, this.#layer)) return 0;
    const node = this.#make(parent, name);
    return this.marks.isHidden(node, this.#layer) ? 0 : node;
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
   * Makes room for a file of the layer that is not a directory. All that lower layers have there is gone,
   * and so is what this layer had: of two entries the last counts.
   * @returns whether the file shows.
   */
  #replace(node: number, { type, linkpath }: TarEntry): boolean {
    this.marks.hide(node, this.#layer);
    if (this.marks.impliedBy(node) !== 0) {
      this.#prune(node);
      this.#folder = undefined;
    }
    if (this.#isNewest(node)) this.#file.set(node, 0);
    const newer = this.#file.get(node);
    if (newer === 0 && this.marks.impliedBy(node) === 0) return true;
    if (type === "symlink") this.#links.hide(node, linkpath);
    else if (newer === 0 || this.files.isDirectory(newer)) this.#links.hide(node, undefined);
    return false;
  }

  /** Forgets what this layer has below the node. */
  #prune(node: number): void {
    if (this.marks.impliedBy(node) === this.#layer) this.marks.forgetImplied(node);
    for (const child of this.names.childrenOf(node)) {
      const file = this.#file.get(child);
      if (file !== 0 && this.files.layerOf(file) === this.#layer) this.#file.set(child, 0);
      this.#links.forget(child);
      if (this.marks.impliedBy(child) !== 0) this.#prune(child);
    }
  }
}

function isSame(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((part, i) => part.equals(b[i]!));
}

function rootReplacedError(path: string): NixociError {
  return new NixociError("UNSAFE", `the layer's entry ${quoteName(path)} replaces the root`, {
    hint: "the image is malicious or broken; do not use it",
  });
}
