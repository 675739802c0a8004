/**
 * Hard links: further names of files. Mostly the file has gone by in the same layer and shows, too.
 * If it is hidden, or is wanted only under the link's name, its layer is read once more; if it is in
 * a layer below, as some builders write it, it is what the layers below show at its path.
 */
import { NixociError } from "../base/errors.ts";
import type { Layer } from "../image/root.ts";
import type { IndexedEntry, TarEntry } from "../tar/entry.ts";
import { decodeName, quoteName } from "../tar/name.ts";
import {
  findBelow,
  type LayerMerger,
  type LinkContext,
  type MissingFile,
  readAgain,
} from "./link-targets.ts";
import { partsOf } from "./tree/path.ts";

/** The hard links of a tree that is being made. */
export class HardLinks {
  /** Files of several names. */
  readonly shared = new Set<number>();
  readonly #context: LinkContext;
  /** Files that show, but whose content is not kept: their own names are not wanted. */
  readonly #unkept = new Set<number>();
  #missing = new Map<number, MissingFile>();
  #layer = 0;
  #passed = 0;

  constructor(context: LinkContext) {
    this.#context = context;
  }

  /** Begins a layer, as {@link LayerTree.beginLayer} does. */
  beginLayer(number: number): void {
    this.#layer = number;
    this.#passed = 0;
  }

  /** Notes that a file's content is not kept. */
  noteUnkept(file: number): void {
    this.#unkept.add(file);
  }

  /** Tells whether the file, which is known by a link alone so far, has yet to be found. */
  isMissing(file: number): boolean {
    return this.#missing.has(file);
  }

  /** Adds a member to the tree. @returns the node where it shows; 0 if it does not. */
  add(member: IndexedEntry): number {
    const before = this.#passed++;
    const { type, linkpath } = member.entry;
    const { tree } = this.#context;
    if (type !== "hardlink") return tree.add(member);
    const target = tree.targetOf(linkpath);
    const node = tree.add(member, target);
    if (node !== 0) this.#addLink(node, member.entry, target, before);
    return node;
  }

  #addLink(
    node: number,
    { path, linkpath }: TarEntry,
    target: readonly Buffer[],
    before: number,
  ): void {
    const { tree, options } = this.#context;
    const found = tree.find(target);
    const there = found === 0 || found === node ? 0 : tree.fileAt(found);
    const isHere = there !== 0 && tree.files.layerOf(there) === this.#layer;
    if (isHere) {
      if (tree.files.isDirectory(there)) throw danglingLinkError(path, linkpath);
      this.shared.add(there);
      tree.setFile(node, there);
      if (this.#isKept(there)) return;
    }
    const file = tree.fileAt(node);
    const missing = this.#missing.get(file) ?? {
      path,
      linkpath,
      file,
      isKnown: isHere,
      target: target.map(decodeName).join("/"),
      layer: this.#layer,
      before,
      nodes: [],
    };
    this.#missing.set(file, missing);
    if (options.wants?.(tree.pathOf(node)) !== false) missing.nodes.push(node);
  }

  /**
   * Finds the files that have not been found.
   * @param layers the image's, lowest first.
   * @returns whether there were any.
   * @throws NixociError `MALFORMED` for links to nothing, and what reading throws.
   */
  async resolve(layers: readonly Layer[], merge: LayerMerger): Promise<boolean> {
    const hadAny = this.#missing.size > 0;
    while (this.#missing.size > 0) {
      const all = [...this.#missing.values()].filter(({ nodes }) => nodes.length > 0);
      this.#missing = new Map();
      for (let number = layers.length; number > 0; number--) {
        const here = all.filter(({ layer }) => layer === number);
        if (here.length === 0) continue;
        const findings = await readAgain(layers[number - 1]!, number, here, this.#context);
        for (const [missing, statement] of findings) {
          if (statement === undefined) continue;
          if ("file" in statement) this.#giveFile(missing, statement.file);
          else this.#missing.set(missing.file, { ...missing, ...statement, layer: number });
        }
        for (const [missing, statement] of findings) {
          if (statement !== undefined) continue;
          await this.#resolveBelow(missing, layers.slice(0, number - 1), merge);
        }
      }
    }
    return hadAny;
  }

  /** Gives the names the file that the layers below show: that which shows now, if it is theirs. */
  async #resolveBelow(
    missing: MissingFile,
    layers: readonly Layer[],
    merge: LayerMerger,
  ): Promise<void> {
    const { target, path, linkpath } = missing;
    const { tree } = this.#context;
    const node = tree.find(partsOf(target));
    const there = node === 0 ? 0 : tree.fileAt(node);
    const shows = there !== 0 && tree.files.layerOf(there) <= layers.length &&
      !tree.files.isDirectory(there) && this.#isKept(there);
    const file = shows ? there : await findBelow(target, layers, merge, this.#context);
    if (file === undefined) throw danglingLinkError(path, linkpath);
    this.#giveFile(missing, file);
  }

  #isKept(file: number): boolean {
    return !this.#unkept.has(file) && !this.#missing.has(file);
  }

  /** Makes the missing file's names those of a file. */
  #giveFile({ nodes, file: placeholder }: MissingFile, file: number): void {
    const { tree } = this.#context;
    this.shared.add(file);
    for (const node of nodes) {
      if (tree.fileAt(node) === placeholder) tree.setFile(node, file);
    }
  }
}

function danglingLinkError(path: string, target: string): NixociError {
  return new NixociError(
    "MALFORMED",
    `${quoteName(path)} is a hard link to ${quoteName(target)}, but there is no such file`,
    { hint: "the image is broken; make it again" },
  );
}
