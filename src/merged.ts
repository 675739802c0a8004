/**
 * The files that an image shows: its layers' entries merged, whiteouts obeyed.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
import { NixociError } from "./errors.ts";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** A place in the tree. One that nothing describes is a directory implied by what lies below it. */
interface Node<T> {
  /** The newest layer that made it. */
  layer: number;
  value: T | undefined;
  children: Map<string, Node<T>> | undefined;
}

/** Layers merged as they are added, lowest first. */
export interface Merged<T> {
  /** Begins the next layer: its whiteouts hide what the layers before it made, whatever their order. */
  nextLayer(): void;
  /** Adds an entry of the layer, a whiteout or a file. `path` as the archive has it. */
  add(path: string, isDirectory: boolean, value: T): void;
  /** What shows in the end, parents first, names in byte order; `path` without a leading slash. */
  entries(): Iterable<{ readonly path: string; readonly value: T | undefined }>;
}

/** An empty file system. */
export function merged<T>(): Merged<T> {
  const root: Node<T> = { layer: -1, value: undefined, children: new Map() };
  let layer = -1;

  const find = (parts: readonly string[]): Node<T> | undefined => {
    let node: Node<T> | undefined = root;
    for (const part of parts) node = node?.children?.get(part);
    return node;
  };
  const make = (parts: readonly string[]): Node<T> => {
    let node = root;
    for (const part of parts) {
      node.children ??= new Map();
      let child: Node<T> | undefined = node.children.get(part);
      if (!child) node.children.set(part, child = { layer, value: undefined, children: undefined });
      node = child;
    }
    return node;
  };
  const hide = (parts: readonly string[], name: string): void => {
    const parent = find(parts);
    if (name === OPAQUE) return void (parent && prune(parent, layer));
    const hidden = name.slice(WHITEOUT.length);
    const target = parent?.children?.get(hidden);
    if (target && !prune(target, layer)) parent!.children!.delete(hidden);
  };
  return {
    nextLayer: () => void layer++,
    add(path, isDirectory, value) {
      const parts = partsOf(path);
      const name = parts.at(-1) ?? "";
      if (name.startsWith(WHITEOUT)) return hide(parts.slice(0, -1), name);
      const node = make(parts);
      node.layer = layer;
      node.value = value;
      if (!isDirectory) node.children = undefined;
    },
    entries: () => walk(root, ""),
  };
}

/** Forgets what older layers made below the node; whether anything of this layer is left of it. */
function prune<T>(node: Node<T>, layer: number): boolean {
  for (const [name, child] of node.children ?? []) {
    if (!prune(child, layer)) node.children!.delete(name);
  }
  return node.layer >= layer || (node.children?.size ?? 0) > 0;
}

function partsOf(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (!parts.includes("..")) return parts;
  throw new NixociError("UNSAFE", `the layer's entry ${JSON.stringify(path)} leaves the image`, {
    hint: "the image is malicious or broken; do not use it",
  });
}

function* walk<T>(
  node: Node<T>,
  prefix: string,
): Iterable<{ path: string; value: T | undefined }> {
  const names = [...node.children?.keys() ?? []].sort(byBytes);
  for (const name of names) {
    const child = node.children!.get(name)!;
    yield { path: prefix + name, value: child.value };
    yield* walk(child, `${prefix}${name}/`);
  }
}

/** As bytes compare, which is how `ls` in the C locale and GNU tar's `--sort=name` order names. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
