/** Learns what repositories hold that nothing is copied to in this run: it can be mounted from there. */
import type { Digest } from "../../bytes/digest.ts";
import { mapLimited } from "../../bytes/flow/map.ts";
import { readContent } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { isObject, MAX_DOCUMENT } from "../../image/json.ts";
import { isIndex } from "../../image/media-types.ts";
import type { Source } from "../../image/source.ts";
import type { ImageToSync } from "../images/find.ts";
import type { NoteHolder } from "./blobs.ts";
import type { Lanes } from "./lanes.ts";

// Those that share layers share them with many.
const MOST_IMAGES = 100;
const AT_A_TIME = 4;

/**
 * Reads the manifests of images where they went, and notes what these name. What cannot be read is as
 * if it were not there.
 */
export async function learnHolders(
  images: readonly ImageToSync[],
  lanes: Lanes,
  note: NoteHolder,
): Promise<void> {
  await mapLimited(images.slice(0, MOST_IMAGES), AT_A_TIME, async (image) => {
    const { image: to } = image.destination;
    if (to === undefined) return;
    const noteHere = (digest: Digest) => note(digest, `${to.host}/${to.repository}`);
    await lanes.run(
      image,
      async ({ openThere }) => await noteBlobs(await openThere(), to.tag ?? to.digest, noteHere),
    ).catch(() => {});
  });
}

async function noteBlobs(
  there: Source,
  name: string | undefined,
  note: (digest: Digest) => void,
): Promise<void> {
  const found = await there.readManifest?.(name);
  if (found === undefined) return;
  const { manifest } = found;
  const json: unknown = JSON.parse(String(await readContent(manifest, MAX_DOCUMENT)));
  if (!isObject(json)) return;
  if (isIndex(manifest.descriptor.mediaType)) {
    for (const { digest } of listDescriptors(json["manifests"])) {
      await noteBlobs(there, digest, note);
    }
  }
  const parts = [json["config"], json["layers"], json["blobs"]].flatMap(listDescriptors);
  for (const { digest } of parts) note(digest);
}

function listDescriptors(value: unknown): Pick<Descriptor, "digest">[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one): one is Descriptor => isObject(one) && typeof one["digest"] === "string");
}
