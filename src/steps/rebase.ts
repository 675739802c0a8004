/** Puts an image on another base. */
import { NixociError } from "../base/errors.ts";
import { completeHistory, type History, splitHistory } from "../image/config/history.ts";
import { formatOf, readExtras } from "../image/documents/assemble.ts";
import { readConfig } from "../image/documents/load.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import { findHostPlatform, formatPlatform } from "../image/platform.ts";
import type { Image, Root } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { convertToFamily } from "./append.ts";
import { mapImages } from "./images.ts";
import { oneImage } from "./one-image.ts";
import { readRootPlatform } from "./platform.ts";
import { changeLayers } from "./layers/change-layers.ts";

/**
 * The annotations that say what an image stands on.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export const BASE_NAME = "org.opencontainers.image.base.name";
/** The digest that the name had: the index's, where it is one. */
export const BASE_DIGEST = "org.opencontainers.image.base.digest";

/** The base that an image stands on, or what finds it by the image's annotations. */
export type OldBase = Root | ((annotations: Readonly<Record<string, string>>) => Promise<Root>);

/**
 * Creates a step that takes the layers of the old base from below each image, and puts those of the
 * new one there, for the same platform. The config stays the image's, but for the version of the
 * operating system; annotations say the new base.
 * @param name the new base as images name it (`docker.io/library/alpine:3.21`), for the annotation.
 * @throws from the step, NixociError `UNSUPPORTED` for an image that does not stand on the old base:
 * whose lowest layers have neither its digests nor its diffIDs.
 * @see https://github.com/google/go-containerregistry/blob/main/cmd/crane/rebase.md
 * @example
 * ```ts
 * import { copy, openSink, openSource, rebase } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:rebased");
 * const base = await from.resolve();
 * const { images } = await copy(from, to, { steps: [rebase(base, base)] });
 * console.log(images.length); // 1
 * ```
 */
export function rebase(old: OldBase, onto: Root, name?: string): Step {
  return (root, context) =>
    mapImages(root, async (image) => {
      const annotations = await readAnnotations(image);
      const below = typeof old === "function" ? await old(annotations) : old;
      const platform = await readRootPlatform(image) ?? findHostPlatform();
      const choose = async (base: Root) => await oneImage(platform)(base, context) as Image;
      const bases = { from: await choose(below), to: await choose(onto) };
      const hint = typeof old === "function"
        ? "its annotations are wrong: name the base that it was built on (--rebase OLD,NEW)"
        : "it was built on another base, or another version of it (name@sha256:…), or squashed since";
      checkStanding(image, bases.from, { platform: formatPlatform(platform), hint });
      const digest = onto.manifest.descriptor.digest;
      const said = { ...name !== undefined && { [BASE_NAME]: name }, [BASE_DIGEST]: digest };
      return await moveImage(image, bases, { ...annotations, ...said });
    });
}

interface Bases {
  readonly from: Image;
  readonly to: Image;
}

async function moveImage(
  image: Image,
  { from, to }: Bases,
  annotations: Readonly<Record<string, string>>,
): Promise<Image> {
  const [before, after] = [await readLayered(from), await readLayered(to)];
  return await changeLayers(image, ({ history }) => ({
    layers: [
      ...to.layers.map((layer) => convertToFamily(image, layer)),
      ...image.layers.slice(from.layers.length),
    ],
    history: [...after.history, ...selectOwn(history, before.history, from.layers.length)],
    config: omitMissing(after.json),
    ...formatOf(image) === "oci" && { annotations },
  }));
}

async function readLayered({ config, layers }: Image) {
  const { json } = await readConfig(config);
  return { json, history: completeHistory(json, layers.length) };
}

/** Returns the entries that are the image's own: those behind its base's. */
function selectOwn(
  history: readonly History[],
  base: readonly History[],
  layers: number,
): readonly History[] {
  const text = (entries: readonly History[]) => JSON.stringify(entries);
  if (text(history.slice(0, base.length)) === text(base)) return history.slice(base.length);
  return splitHistory(history, layers)[1];
}

/** Returns what the base says of the system that its files are made for. */
function omitMissing({ os, architecture, "os.version": version }: ConfigJson) {
  return {
    ...os !== undefined && { os },
    ...architecture !== undefined && { architecture },
    ...version !== undefined && { "os.version": version },
  };
}

/** Proves that the lowest layers are the base's. A base that was packed anew has the same diffIDs. */
function checkStanding(
  image: Image,
  base: Image,
  { platform, hint }: { readonly platform: string; readonly hint: string },
): void {
  const at = base.layers.findIndex(({ descriptor, diffId }, i) => {
    const own = image.layers[i];
    return own?.descriptor.digest !== descriptor.digest && own?.diffId !== diffId;
  });
  if (at === -1) return;
  const own = image.layers[at]?.descriptor.digest ?? "not there";
  const message = `the image for ${platform} does not stand on the old base: ` +
    `layer ${at + 1} is ${own}, and the base's ${base.layers[at]!.descriptor.digest}`;
  throw new NixociError("UNSUPPORTED", message, { hint });
}

async function readAnnotations(image: Image): Promise<Readonly<Record<string, string>>> {
  const { annotations } = await readExtras(image);
  return (annotations ?? {}) as Record<string, string>;
}
