/** Makes the step of `--append`: a tar on top, the files of a folder, the layers of an image. */
import { resolve } from "node:path";
import { stat } from "node:fs/promises";
import { hasScheme } from "../../../../transports/reference.ts";
import { isSystemError, NixociError, wrapError } from "../../../base/errors.ts";
import { findHostPlatform } from "../../../image/platform.ts";
import type { Image, Layer, Root } from "../../../image/root.ts";
import type { Step } from "../../../image/step.ts";
import { createLayer } from "../../../recipe/layers.ts";
import { append } from "../../../steps/append.ts";
import { mapImages } from "../../../steps/images.ts";
import { openLayerFile } from "../../../steps/layer-file.ts";
import { oneImage } from "../../../steps/one-image.ts";
import { readRootPlatform } from "../../../steps/platform.ts";
import { findPlace, type ImagePlace } from "./place.ts";

/** Makes the step. @param open opens an image, which stays open for the copy. */
export async function createAppendStep(
  what: string,
  { to, open, signal }: {
    readonly to: string | undefined;
    readonly open: (reference: string) => Promise<Root>;
    readonly signal: AbortSignal;
  },
): Promise<Step> {
  const createdBy = `nixoci append ${what}`;
  if (hasScheme(what)) return appendImage(await open(what), what, createdBy);
  if (!await isFolder(what)) {
    return append([await openLayerFile(what, signal)], createdBy);
  }
  const place = checkPlace(to);
  return (root, context) =>
    mapImages(root, async (image) => {
      const layer = await packFolder(what, await findPlace(image, place, signal), signal);
      return await append([layer], createdBy)(image, context) as Image;
    });
}

/**
 * Puts the layers of the other image for the same platform on top, but those that both begin with:
 * two that stand on one base differ in what is above it, and the base again would hide that.
 */
function appendImage(other: Root, what: string, createdBy: string): Step {
  return (root, context) =>
    mapImages(root, async (image) => {
      const platform = await readRootPlatform(image) ?? findHostPlatform();
      const { layers } = await oneImage(platform)(other, context) as Image;
      const isOther = ({ diffId }: Layer, at: number) => diffId !== image.layers[at]?.diffId;
      const first = layers.findIndex(isOther);
      if (first === -1) {
        throw new NixociError("USAGE", `--append: the image begins with all layers of ${what}`, {
          hint: "name an image that has others above them",
        });
      }
      return await append(layers.slice(first), createdBy)(image, context) as Image;
    });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) {
      throw new NixociError("NOT_FOUND", `--append: there is no ${path}`, {
        hint: "name a tar, a folder, or an image as scheme:location",
      });
    }
    throw wrapError(error, `Cannot read ${path}`);
  }
}

/** Checks the place that files are put below; by default the root. */
function checkPlace(to = "/"): string {
  const place = `/${to}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
  if (!place.split("/").includes("..")) return place;
  throw new NixociError("USAGE", `--append-to: ${to} leaves the image`, {
    hint: "name a directory of the image, such as /srv",
  });
}

/** Packs the files of a folder as `build --copy-to-root` does, below another place in the image. */
async function packFolder(
  folder: string,
  { path: place, folders: made }: ImagePlace,
  signal: AbortSignal,
): Promise<Layer> {
  const path = resolve(folder);
  const rewrite = {
    regex: `^${path.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`,
    repl: place.replace(/^\/$/, "").replaceAll("$", "$$$$"),
  };
  const paths = [{ path, rewrite }];
  return await createLayer({ style: "nix2container", paths, made }, { signal });
}
