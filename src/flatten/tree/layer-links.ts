/**
 * Symbolic links and files of the layer that is being added, which decide where its further members
 * lie. Docker, containerd, Podman and umoci unpack a layer the same way: `bin/ls` after
 * `bin -> usr/bin` is `usr/bin/ls`, and nothing can lie below a file.
 */
import { NixociError } from "../../base/errors.ts";
import { quoteName } from "../../tar/name.ts";
import { checkBound } from "./columns.ts";
import type { FileTable } from "./file-table.ts";
import { type NameTree, ROOT } from "./name-tree.ts";
import { MOST_LINKS, splitTarget, UP } from "./path.ts";

/** The most bytes of targets of hidden links that a layer may have. */
const MOST_HIDDEN = 64 * 1024 * 1024;

/** The links of one layer after another. */
export class LayerLinks {
  readonly #names: NameTree;
  readonly #files: FileTable;
  readonly #fileAt: (node: number) => number;
  /** Members that newer layers hide: a link's target; `undefined` for a file in a directory's place. */
  readonly #hidden = new Map<number, string | undefined>();
  #hiddenSize = 0;
  #layer = 0;

  constructor(names: NameTree, files: FileTable, fileAt: (node: number) => number) {
    this.#names = names;
    this.#files = files;
    this.#fileAt = fileAt;
  }

  /** Begins a layer, and forgets the one before. */
  beginLayer(layer: number): void {
    this.#layer = layer;
    this.#hidden.clear();
    this.#hiddenSize = 0;
  }

  /** Tells whether the layer has members that newer layers hide and that others may lie below. */
  get hasHidden(): boolean {
    return this.#hidden.size > 0;
  }

  /** Notes a member that newer layers hide. */
  hide(node: number, target: string | undefined): void {
    checkBound(this.#hiddenSize += target?.length ?? 0, MOST_HIDDEN, "bytes of hidden links");
    this.#hidden.set(node, target);
  }

  /** Forgets a member in whose place there is another one. */
  forget(node: number): void {
    if (this.#hidden.size > 0) this.#hidden.delete(node);
  }

  /** Tells whether the layer has a link or a file at the node, below which nothing can lie. */
  isBlocked(node: number): boolean {
    if (this.#hidden.size > 0 && this.#hidden.has(node)) return true;
    const file = this.#fileAt(node);
    return file !== 0 && !this.#files.isDirectory(file) &&
      this.#files.layerOf(file) === this.#layer;
  }

  /**
   * Follows the layer's links; `..` stops at the root.
   * @param parts of a folder, all of which are followed.
   * @throws NixociError `MALFORMED` for a folder below a file, `UNSAFE` when links lead in a circle.
   */
  follow(parts: readonly Buffer[], path: string): Buffer[] {
    const ahead = parts.toReversed();
    const way: Buffer[] = [];
    const nodes = [ROOT];
    for (let links = 0, part = ahead.pop(); part !== undefined; part = ahead.pop()) {
      if (part.equals(UP)) {
        if (way.pop() !== undefined) nodes.pop();
        continue;
      }
      const above = nodes.at(-1)!;
      const node = above === 0 ? 0 : this.#names.find(above, part);
      const target = this.targetAt(node);
      if (target === undefined) {
        if (node !== 0 && this.isBlocked(node)) throw belowFileError(path);
        way.push(part);
        nodes.push(node);
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new NixociError("UNSAFE", `links at ${quoteName(path)} lead in a circle`);
      }
      if (target.startsWith("/")) nodes.length = (way.length = 0) + 1;
      ahead.push(...splitTarget(target).reverse());
    }
    return way;
  }

  /** Returns the target of the layer's symbolic link at a node; `undefined` if there is none. */
  targetAt(node: number): string | undefined {
    if (node === 0 || this.#hidden.has(node)) return this.#hidden.get(node);
    const file = this.#fileAt(node);
    if (file === 0 || this.#files.layerOf(file) !== this.#layer) return undefined;
    const { type, linkpath } = this.#files.facts(file);
    return type === "symlink" ? linkpath : undefined;
  }
}

function belowFileError(path: string): NixociError {
  const message = `the layer's entry ${quoteName(path)} lies below a file of the same layer`;
  return new NixociError("MALFORMED", message, { hint: "the image is broken; make it again" });
}
