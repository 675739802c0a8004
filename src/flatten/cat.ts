/** Reads one file of an image, and only as many layers as it takes to find it. */
import type { ByteStream } from "../bytes/stream.ts";
import { disposeAll } from "../base/dispose.ts";
import { NixociError, wrapError } from "../base/errors.ts";
import { followPath, type PathOutcome } from "./tree/follow.ts";
import { mergeLayers, readArchives } from "./merge.ts";
import { createSpool } from "./spool.ts";
import { LayerTree } from "./tree/layer-tree.ts";
import type { Image } from "../image/root.ts";
import { createScratch, type Scratch } from "../image/disk/scratch.ts";
import { hasContent } from "../tar/entry.ts";
import { quoteName } from "../tar/name.ts";
import { readTar } from "../tar/read.ts";
import { expandSparse } from "../tar/sparse.ts";

/** Options for reading a file. */
export interface CatOptions {
  /** Holds the content until its layer is proved; a scratch of its own by default. */
  readonly scratch?: Scratch;
  readonly signal?: AbortSignal;
}

/**
 * Reads the content of a file as a process in the image would read it: symbolic links are followed, and lead
 * nowhere else. Layers are read newest first, whole, and no further than needed; no byte comes
 * before its layer is proved.
 * @throws from the stream, NixociError `NOT_FOUND` when there is no such file, `UNSUPPORTED` when it
 * is none that has content, `UNSAFE` when links lead in a circle; what `flatten` throws.
 * @example
 * ```ts
 * import { cat, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const image = await resolveImage(source);
 * let size = 0;
 * for await (const chunk of cat(image, "/hello")) size += chunk.length;
 * console.log(size > 0); // true
 * ```
 */
export async function* cat(
  image: Pick<Image, "layers">,
  path: string,
  options: CatOptions = {},
): ByteStream {
  const scratch = options.scratch ?? createScratch();
  const store = createSpool(scratch);
  try {
    const found = await locateFile(image, path, store, options.signal);
    if (found.kept !== undefined) {
      const entry = { ...found.tree.files.facts(found.kept), file: found.kept };
      yield* expandSparse(entry, store.open(entry));
      return await store.verify();
    }
    // It came by before a link to it did, or is a hard link.
    const wants = (name: string) => name === found.path;
    const tree = await mergeLayers(image, store, { wants, signal: options.signal });
    const entry = tree.find(found.path)!;
    yield* expandSparse(entry, store.open(entry));
    await store.verify();
  } finally {
    await disposeAll([scratch === options.scratch ? undefined : scratch, store]);
  }
}

interface LocatedFile {
  readonly tree: LayerTree;
  readonly path: string;
  /** Its number, if its content has been kept. */
  readonly kept: number | undefined;
}

async function locateFile(
  { layers }: Pick<Image, "layers">,
  path: string,
  store: ReturnType<typeof createSpool>,
  signal: AbortSignal | undefined,
): Promise<LocatedFile> {
  const tree = new LayerTree();
  const kept = new Set<number>();
  const numbered = layers.map((layer, i) => ({ layer, number: i + 1 })).reverse();
  let leads: PathOutcome = followPath(tree, path);
  for await (const { item, stream } of readArchives(numbered, store, signal)) {
    tree.beginLayer(item.number);
    try {
      for await (const member of readTar(stream)) {
        const node = tree.add(member);
        if (node === 0 || !hasContent(member.entry.type) || tree.pathOf(node) !== leads.path) {
          continue;
        }
        const file = tree.fileAt(node);
        await store.put(file, member, item.layer);
        kept.add(file);
      }
    } catch (error) {
      throw wrapError(error, `Cannot read layer ${item.layer.descriptor.digest}`);
    }
    leads = followPath(tree, path);
    if (leads.kind !== "unknown") break;
  }
  const name = quoteName(`/${leads.path}`);
  if (leads.kind !== "found") throw new NixociError("NOT_FOUND", `the image has no ${name}`);
  const file = tree.fileAt(leads.node);
  const type = file === 0 ? "directory" : tree.files.facts(file).type;
  if (type !== "file" && type !== "hardlink") {
    throw new NixociError("UNSUPPORTED", `${name} is a ${type}, not a file`);
  }
  return { tree, path: leads.path, kept: kept.has(file) ? file : undefined };
}
