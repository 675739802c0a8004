/** The work of `nixoci lock list`. */
import { readLock } from "../../../../lock/file.ts";
import { pinOf } from "../../../../lock/model.ts";
import { selectEntries } from "../../../../lock/names.ts";

/** Lists locked images: of each platform the digest, and the bytes of what is to be fetched. */
export async function listLockedImages(file: string, names?: readonly string[]) {
  return selectEntries(await readLock(file), names).map(([name, image]) => ({
    name,
    repository: image.repository,
    tag: image.tag,
    digest: pinOf(image),
    platforms: Object.fromEntries(
      Object.entries(image.platforms).map(([platform, { manifest, config, layers }]) => {
        const blobs = [manifest, config, ...layers];
        const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
        return [platform, { digest: manifest.digest, layers: layers.length, size }];
      }),
    ),
  }));
}
