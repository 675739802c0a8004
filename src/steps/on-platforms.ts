/** Keeps a step to the images of some platforms; the others of an index stay as they are. */
import { NixociError } from "../base/errors.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../image/platform.ts";
import type { Image } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { loadImages } from "../image/tree.ts";
import { mapImages } from "./images.ts";
import { readRootPlatform } from "./platform.ts";

/**
 * Creates a step that passes only images of these platforms through another one, which returns an
 * image for an image. The rest of an index stays in it, and a notice says how many have changed.
 * @throws from the step, NixociError `NOT_FOUND` for a platform that there is no image for.
 * @example
 * ```ts
 * import { config, copy, onPlatforms, openSink, openSource, parsePlatform } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:root");
 * const step = onPlatforms([parsePlatform("linux/arm64")], config({ run: { User: "0" } }));
 * const { images } = await copy(from, to, { steps: [step] });
 * console.log(images[0]?.descriptor.mediaType); // application/vnd.oci.image.index.v1+json
 * ```
 */
export function onPlatforms(wanted: readonly Platform[], step: Step): Step {
  return async (root, context) => {
    const names = new Set(wanted.map(nameOf));
    const images = await loadImages(root);
    const platforms = await Promise.all(images.map(readPlatform));
    const there = new Set(platforms.flatMap((one) => one === undefined ? [] : nameOf(one)));
    for (const name of names) if (!there.has(name)) throw createMissingError(name, there);
    let changed = 0;
    const result = await mapImages(root, async (image) => {
      const platform = await readPlatform(image);
      if (platform === undefined || !names.has(nameOf(platform))) return image;
      const made = await step(image, context);
      if (made.kind !== "image") throw new TypeError("the step has made no image of an image");
      if (made !== image) changed++;
      return made;
    });
    if (root.kind === "index") {
      const message = `${changed} of the ${images.length} images in the index ${
        changed === 1 ? "has" : "have"
      } changed`;
      context.onNotice?.({ code: "PLATFORM", message });
    }
    return result;
  };
}

/** Returns the platform that an image's config names, or its entry in the index. */
async function readPlatform(image: Image): Promise<Platform | undefined> {
  return await readRootPlatform(image) ?? image.manifest.descriptor.platform;
}

function nameOf({ os, architecture, variant }: Platform): string {
  return formatPlatform(normalizePlatform({ os, architecture, variant }));
}

function createMissingError(name: string, there: ReadonlySet<string>): NixociError {
  return new NixociError("NOT_FOUND", `there is no image for ${name}`, {
    hint: there.size === 0 ? "leave --platform out" : `choose from ${[...there].join(", ")}`,
  });
}
