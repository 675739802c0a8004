/** What was built, for copying. */
import type { Source } from "../image/root.ts";
import type { Built } from "./build.ts";

/**
 * A source that has this one image. Its manifest was made here, so that a registry gets its plain
 * layers compressed; its name is listed, for places that take the names that images bring along.
 */
export function sourceOf({ image, name }: Pick<Built, "image" | "name">): Source {
  return {
    traits: { synthetic: true },
    resolve: () => Promise.resolve(image),
    list: () => Promise.resolve(name === undefined ? [] : [{ select: "", name }]),
    async [Symbol.asyncDispose]() {},
  };
}
