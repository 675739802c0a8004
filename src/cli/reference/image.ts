/** The one image whose files a verb looks at: opened, picked, let go of. */
import type { TransportOptions } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../../transports/reference.ts";
import { isDigest } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import type { CopyEvent } from "../../copy/events.ts";
import { watchReading } from "../../copy/watch.ts";
import type { Image, Layer } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { unreadLayerTypeOf } from "../../image/layer/unread-layer.ts";
import type { Scratch } from "../../image/disk/scratch.ts";
import type { FlagValues } from "../kit/command.ts";
import type { imageFlags } from "../kit/flags.ts";
import { withRoot } from "./with-source.ts";

/** The image of a source that flags select; a verb may have fewer of them. */
export type ImageChoice = Partial<FlagValues<typeof imageFlags>>;

/** Runs the work on the image, with scratch for temporary files. */
export async function withImage<T>(
  place: PlaceReference,
  choice: ImageChoice,
  options: TransportOptions,
  work: (image: Image, scratch: Scratch) => Promise<T>,
): Promise<T> {
  const rootChoice = {
    platforms: choice.platform ?? [],
    select: (source: Source) => selectImage(place, choice, source.list !== undefined),
    tmpdir: choice.tmpdir,
  };
  return await withRoot(place, rootChoice, options, async (root, scratch) => {
    if (root.kind === "image") return await work(root, scratch);
    const layer = root.kind === "artifact" ? unreadLayerTypeOf(root) : undefined;
    if (layer !== undefined) {
      throw new NixociError("UNSUPPORTED", `it has a layer that cannot be read: ${layer}`, {
        hint: "nixoci copy moves it as it is",
      });
    }
    throw new NixociError("UNSUPPORTED", `it is an ${root.kind}`, {
      hint: root.kind === "index" ? "give one --platform" : "only images have files",
    });
  });
}

/** Says which of several images `--image-name` and `--image-tag` pick. */
function selectImage(
  place: PlaceReference,
  { "image-name": name, "image-tag": tag }: ImageChoice,
  holdsSeveral: boolean,
): string | undefined {
  if (name === undefined && tag === undefined) return undefined;
  if (holdsSeveral) return [name, tag].filter((part) => part !== undefined).join(":");
  throw new NixociError("USAGE", `--image-name and --image-tag pick from archives and layouts`, {
    hint: `name the image in the source instead: ${place.scheme}:NAME:TAG`,
  });
}

/**
 * Finds the number of a layer, 1 the lowest: as given, or by its digest or diffID.
 * @throws NixociError `USAGE`, `NOT_FOUND`.
 */
export function findLayer(image: Image, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  if (!isDigest(text)) {
    throw new NixociError("USAGE", `--layer: ${JSON.stringify(text)} is not a layer`, {
      hint: "give a number, 1 for the lowest, or the layer's digest",
    });
  }
  const at = image.layers.findIndex(({ descriptor, diffId }) =>
    descriptor.digest === text || diffId === text
  );
  if (at !== -1) return at + 1;
  throw new NixociError("NOT_FOUND", `the image has no layer ${text}`);
}

/** Makes the reading of an image's layers show as progress. */
export function watchImage(
  image: Image,
  show: (event: CopyEvent) => void,
  signal: AbortSignal,
): Image {
  const kind = "layer" as const;
  show({ type: "plan", blobs: image.layers.map(({ descriptor }) => ({ kind, descriptor })) });
  const watch = (content: Layer) => watchReading({ kind, content }, { onEvent: show, signal });
  return { ...image, layers: image.layers.map(watch) };
}
