/** Takes out of images what differs from one build of the same files to the next. */
import type { FlatEntry } from "../flatten/types.ts";
import type { History } from "../image/config/history.ts";
import type { Step } from "../image/step.ts";
import { mapImages } from "./images.ts";
import { changeLayers } from "./layers/change-layers.ts";
import { createLayerRewriter } from "./layers/rewrite-layer.ts";

/**
 * Creates a step that makes the layers of each image anew: members sorted by name, all with one
 * time, owners as numbers alone. The config and its history get the same time. A layer that is so
 * already keeps its bytes.
 * @param time in whole seconds since 1970; 0 by default.
 * @example
 * ```ts
 * import { copy, normalize, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:same");
 * console.log((await copy(from, to, { steps: [normalize()] })).images.length); // 1
 * ```
 */
export function normalize(time = 0): Step {
  const rewrite = { select: omitNames, mtime: BigInt(time) * 1_000_000_000n };
  return (root, context) => {
    const rewriteLayers = createLayerRewriter(rewrite, context);
    return mapImages(root, (image) =>
      changeLayers(image, async ({ json, history }) => {
        const created = new Date(time * 1000).toISOString().replace(".000Z", "Z");
        const told = json.history ? history.map((entry): History => ({ ...entry, created })) : [];
        return { layers: await rewriteLayers(image), history: told, config: { created } };
      }));
  };
}

/** Leaves out the names of owners. */
function* omitNames(entries: Iterable<FlatEntry>): Iterable<FlatEntry> {
  for (const entry of entries) yield { ...entry, uname: "", gname: "" };
}
