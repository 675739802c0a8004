/**
 * Hard links: further names of files. Mostly the file has gone by in the same layer and shows, too.
 * Where it is hidden, or is wanted only under the link's name, its layer is read once more; where it
 * is in a layer below, as some builders write it, it is what the layers below show at its path.
 */
import { NixociError } from "../base/errors.ts";
import { tarOf } from "../image/layer.ts";
import type { Layer } from "../image/root.ts";
import { hasContent, type TarEntry } from "../tar/entry.ts";
import { quoteName } from "../tar/name.ts";
import { readTar, type TarMember } from "../tar/read.ts";
import { partsOf, plainPath } from "./path.ts";
import type { FlattenOptions } from "./merge.ts";
import type { LayerTree } from "./layer-tree.ts";
import type { ContentStore, FlatTree } from "./types.ts";

/** A file that is known by the names of links, and still to be found. */
interface MissingFile {
  /** The first link's name, for messages. */
  readonly path: string;
  /** What stands for the file until then; or the file itself, whose content has not been kept. */
  readonly file: number;
  readonly isKnown: boolean;
  /** Where it is: the last of this path in the layer before the member of that number, or below. */
  readonly target: string;
  readonly layer: number;
  readonly before: number;
  /** The names that are wanted. */
  readonly nodes: number[];
}

/** What a layer says at a path, as far as it has been read. */
type LayerStatement = { readonly file: number } | {
  readonly target: string;
  readonly before: number;
};

/** How the layers below are flattened, when a link leads there. */
export type Flattened = (
  image: { readonly layers: readonly Layer[] },
  store: ContentStore,
  options: FlattenOptions,
) => Promise<FlatTree>;

/** The hard links of a tree that is being made. */
export class HardLinks {
  /** Files of several names. */
  readonly shared = new Set<number>();
  readonly #tree: LayerTree;
  readonly #store: ContentStore;
  readonly #options: FlattenOptions;
  /** Files that show, but whose content is not kept: their own names are not wanted. */
  readonly #unkept = new Set<number>();
  #missing = new Map<number, MissingFile>();
  #layer = 0;
  #passed = 0;

  constructor(tree: LayerTree, store: ContentStore, options: FlattenOptions) {
    this.#tree = tree;
    this.#store = store;
    this.#options = options;
  }

  beginLayer(number: number): void {
    this.#layer = number;
    this.#passed = 0;
  }

  /** Hears that a file's content is not kept. */
  unkept(file: number): void {
    this.#unkept.add(file);
  }

  /** Looks at a member that has been added. @param node where it shows; 0 if it does not. */
  passed(node: number, { path, type, linkpath }: TarEntry): void {
    const before = this.#passed++;
    if (node === 0 || type !== "hardlink") return;
    const tree = this.#tree;
    const found = tree.find(partsOf(linkpath));
    const there = found === 0 || found === node ? 0 : tree.fileAt(found);
    const isHere = there !== 0 && tree.files.layerOf(there) === this.#layer;
    if (isHere) {
      if (tree.files.isDirectory(there)) throw danglingLinkError(path, linkpath);
      this.shared.add(there);
      tree.setFile(node, there);
      if (!this.#unkept.has(there) && !this.#missing.has(there)) return;
    }
    const file = tree.fileAt(node);
    const missing = this.#missing.get(file) ?? {
      path,
      file,
      isKnown: isHere,
      target: plainPath(linkpath),
      layer: this.#layer,
      before,
      nodes: [],
    };
    this.#missing.set(file, missing);
    if (this.#options.wants?.(tree.pathOf(node)) !== false) missing.nodes.push(node);
  }

  /**
   * Finds what has not been found. @param layers the image's, lowest first.
   * @throws NixociError `MALFORMED` for links to nothing, and what reading throws.
   */
  async resolve(layers: readonly Layer[], flatten: Flattened): Promise<void> {
    while (this.#missing.size > 0) {
      const all = [...this.#missing.values()].filter(({ nodes }) => nodes.length > 0);
      this.#missing = new Map();
      for (let number = layers.length; number > 0; number--) {
        const here = all.filter(({ layer }) => layer === number);
        if (here.length === 0) continue;
        for (const missing of await this.#readAgain(layers[number - 1]!, number, here)) {
          await this.#findBelow(missing, layers.slice(0, number - 1), flatten);
        }
      }
    }
  }

  /** Looks for the files in the layer that has the links; those that are not there. */
  async #readAgain(layer: Layer, number: number, wanted: MissingFile[]): Promise<MissingFile[]> {
    const queue = wanted.toSorted((a, b) => a.before - b.before);
    const elsewhere: MissingFile[] = [];
    const said = new Map<string, LayerStatement | undefined>();
    const known = new Map<string, number>();
    for (const { target, isKnown, file } of wanted) {
      said.set(target, undefined);
      if (isKnown) known.set(target, file);
    }
    let passed = 0;
    for await (const member of readTar(tarOf(layer, this.#options.signal))) {
      for (; queue[0] !== undefined && queue[0].before <= passed; queue.shift()) {
        const found = said.get(queue[0].target);
        if (found === undefined) elsewhere.push(queue[0]);
        else this.#found(queue[0], found, number);
        // What comes later at that path is another file.
        if (found !== undefined && known.has(queue[0].target)) said.delete(queue[0].target);
      }
      const path = plainPath(member.entry.path);
      if (said.has(path)) {
        said.set(path, await this.#take(member, passed, number, layer, known.get(path)));
      }
      passed++;
    }
    return elsewhere;
  }

  /** Keeps a file that a link may lead to. */
  async #take(
    member: TarMember,
    before: number,
    number: number,
    layer: Layer,
    known: number | undefined,
  ): Promise<LayerStatement | undefined> {
    const { entry, storedSize } = member;
    if (entry.type === "directory") return undefined;
    if (entry.type === "hardlink") {
      return { target: plainPath(entry.linkpath), before };
    }
    const file = known ?? this.#tree.files.add(entry, storedSize, number);
    if (hasContent(entry.type)) await this.#store.put(file, member, layer);
    return { file };
  }

  #found(missing: MissingFile, said: LayerStatement, layer: number): void {
    if ("file" in said) this.#name(missing, said.file);
    else this.#missing.set(missing.file, { ...missing, ...said, layer });
  }

  /** Gives the names to the file. */
  #name({ nodes, file: placeholder }: MissingFile, file: number): void {
    this.shared.add(file);
    for (const node of nodes) {
      if (this.#tree.fileAt(node) === placeholder) this.#tree.setFile(node, file);
    }
  }

  /** The file is what the layers below show: if it still shows now, it is that. */
  async #findBelow(
    missing: MissingFile,
    layers: readonly Layer[],
    flatten: Flattened,
  ): Promise<void> {
    const { target, path } = missing;
    const tree = this.#tree;
    const node = tree.find(partsOf(target));
    const there = node === 0 ? 0 : tree.fileAt(node);
    const shows = there !== 0 && tree.files.layerOf(there) <= layers.length &&
      !tree.files.isDirectory(there) && !this.#unkept.has(there) && !this.#missing.has(there);
    if (shows) return this.#name(missing, there);
    const kept = new Map<number, number>();
    const store: ContentStore = {
      put: async (file, member, layer) => {
        const { entry, storedSize } = member;
        const ours = tree.files.add(entry, storedSize, layers.indexOf(layer) + 1);
        kept.set(file, ours);
        await this.#store.put(ours, member, layer);
      },
    };
    const { signal } = this.#options;
    const wants = (name: string) => name === target;
    const below = await flatten({ layers }, store, { wants, ...(signal && { signal }) });
    const entry = below.find(target);
    if (entry === undefined || entry.type === "directory") throw danglingLinkError(path, target);
    this.#name(
      missing,
      kept.get(entry.file) ?? tree.files.add(entry, entry.storedSize, entry.layer),
    );
  }
}

function danglingLinkError(path: string, target: string): NixociError {
  return new NixociError(
    "MALFORMED",
    `${quoteName(path)} is a hard link to ${quoteName(target)}, but there is no such file`,
    { hint: "the image is broken; make it again" },
  );
}
