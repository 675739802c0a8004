/** Copying within a registry, as people give an image another tag: what is meant is all of it. */
import { findHostPlatform, formatPlatform } from "../../image/platform.ts";
import type { Step } from "../../image/step.ts";

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
