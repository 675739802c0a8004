/** Copying within a registry, as people give an image another tag: what is meant is all of it. */
import { findHostPlatform, formatPlatform } from "../../image/platform.ts";
import type { PlaceReference } from "../../image/place.ts";
import type { Step } from "../../image/step.ts";

/** Tells whether both places are in one registry. */
export function isRetag(source: PlaceReference | object, destination: PlaceReference): boolean {
  return "scheme" in source && source.scheme === "registry" &&
    destination.scheme === "registry" &&
    source.image?.host === destination.image?.host;
}

/** Makes the step that chooses a platform tell what it leaves behind. */
export function tellOfPlatform(choose: Step): Step {
  const step: Step = async (root, context) => {
    const chosen = await choose(root, context);
    if (root.kind === "index" && chosen.kind === "image") {
      context.onNotice?.({
        code: "PLATFORM",
        message: `only the image for ${formatPlatform(findHostPlatform())} is copied, of ` +
          `${root.children.length} in the index; --all copies the index with all of them`,
      });
    }
    return chosen;
  };
  step.keeps = choose.keeps;
  return step;
}
