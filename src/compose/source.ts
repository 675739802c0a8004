/** A source for copying what was built. */
import type { Source } from "../image/source.ts";
import type { BuildResult } from "./build.ts";

/**
 * Returns a source that has this one image; disposing of it disposes of what was built. Its manifest
 * was made here, so that a registry gets its plain layers compressed; its name is listed, for places
 * that take the names that images bring along.
 * @example
 * ```ts
 * import { build, copy, openSink, sourceOf } from "nixoci";
 * const built = await build({ name: "app", copyToRoot: "rootfs" });
 * await using to = await openSink("oci-dir:images:app");
 * const { images } = await copy(sourceOf(built), to);
 * console.log(images.length); // 1
 * ```
 */
export function sourceOf(
  built: Pick<BuildResult, "image" | "name"> & Partial<BuildResult>,
): Source {
  const { image, name, traits } = built;
  return {
    traits: { synthetic: true, ...traits },
    resolve: () => Promise.resolve(image),
    list: () => Promise.resolve(name === undefined ? [] : [{ select: "", name }]),
    [Symbol.asyncDispose]: async () => await built[Symbol.asyncDispose]?.(),
  };
}
