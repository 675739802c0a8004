/** Takes files out of the layers of images, with their bytes. */
import { createSelector } from "../flatten/glob.ts";
import { markOf, partsOf } from "../flatten/tree/path.ts";
import type { FlatEntry } from "../flatten/types.ts";
import type { Step } from "../image/step.ts";
import { changeLayers } from "./layers/change-layers.ts";
import { mapImages } from "./images.ts";
import { createLayerRewriter, type LayerRewrite } from "./layers/rewrite-layer.ts";

/**
 * Creates a step that leaves files out of every layer of each image: their bytes are gone, not only
 * out of sight. Whiteouts stay. A layer in which nothing matches keeps its bytes.
 * @param patterns as `export --exclude` has them; what lies below a match goes, too.
 * @throws NixociError `USAGE` for a malformed pattern.
 * @example
 * ```ts
 * import { copy, openSink, openSource, platform, strip } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:small");
 * const { blobs } = await copy(from, to, { steps: [platform(), strip(["**\/*.pyc"])] });
 * console.log(blobs.moved); // 2
 * ```
 */
export function strip(patterns: readonly string[]): Step {
  const stays = createSelector({ excludes: patterns }) ?? (() => true);
  const goes = ({ path }: FlatEntry): boolean => !stays(path) && !isMark(path);
  const rewrite: LayerRewrite = {
    select: (entries) => omitFiles(entries, goes),
    concerns(entries) {
      for (const entry of entries) if (goes(entry)) return true;
      return false;
    },
  };
  return (root, context) => {
    const rewriteLayers = createLayerRewriter(rewrite, context);
    return mapImages(root, async (image) => {
      const layers = await rewriteLayers(image);
      if (layers.every((layer, i) => layer === image.layers[i])) return image;
      return await changeLayers(image, ({ history }) => ({ layers, history }));
    });
  };
}

/** Leaves out files; of one that loses its first name, the next one gets the content. */
function* omitFiles(
  entries: Iterable<FlatEntry>,
  goes: (entry: FlatEntry) => boolean,
): Iterable<FlatEntry> {
  const firsts = new Map<number, string>();
  for (const entry of entries) {
    if (goes(entry)) continue;
    const first = firsts.get(entry.file);
    if (first === undefined) firsts.set(entry.file, entry.path);
    yield { ...entry, linkTo: first };
  }
}

function isMark(path: string): boolean {
  return markOf(partsOf(path), path) !== undefined;
}
