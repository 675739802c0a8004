/** Makes the step of `--rm`: takes out of sight what is there, and says so where nothing is. */
import { posix } from "node:path";
import { NixociError } from "../../../base/errors.ts";
import type { Image } from "../../../image/root.ts";
import type { Step } from "../../../image/step.ts";
import { mapImages } from "../../../steps/images.ts";
import { remove } from "../../../steps/remove.ts";
import { findEntryPath } from "./place.ts";

/**
 * Makes the step. Of an index, images that do not have it stay as they are.
 * @throws NixociError `USAGE` for a path that leaves the image; from the step, `NOT_FOUND` where no image
 * has it: a file that was to be gone would stay under its real name.
 */
export function createRemoveStep(text: string, signal: AbortSignal): Step {
  const path = checkPath(text);
  return async (root, context) => {
    let isFound = false;
    const result = await mapImages(root, async (image) => {
      const found = await findEntryPath(image, path, signal);
      if (found === undefined) return image;
      isFound = true;
      return await remove([found])(image, context) as Image;
    });
    if (isFound) return result;
    throw new NixociError("NOT_FOUND", `--rm: there is no ${JSON.stringify(path)} in the image`, {
      hint: "nixoci ls lists what there is",
    });
  };
}

function checkPath(text: string): string {
  const path = posix.normalize(`/${text}`).replace(/(.)\/$/, "$1");
  const hint = "name a file or directory in it, such as /etc/motd";
  if (text.split("/").includes("..")) {
    throw new NixociError("USAGE", `--rm: ${JSON.stringify(text)} may leave the image`, { hint });
  }
  if (path !== "/") return path;
  throw new NixociError("USAGE", `--rm: ${JSON.stringify(text)} is all of the image`, { hint });
}
