/** The times at which images were made. */
import { mapLimited } from "../../bytes/flow/map.ts";
import { readConfig } from "../../image/documents/load.ts";
import type { Root } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { loadImages } from "../../image/tree.ts";
import { sortNewestFirst } from "./newest.ts";

const AT_A_TIME = 4;

/** Reads when the images of tags were made, as ISO 8601; a tag whose image does not say is left out. */
export async function readTimes(
  source: Source,
  tags: readonly string[],
): Promise<Record<string, string>> {
  const times = await mapLimited(tags, AT_A_TIME, async (tag) => {
    const created = await readCreated(await source.resolve(tag));
    return created === undefined ? [] : [[tag, created] as const];
  });
  return Object.fromEntries(times.flat());
}

/** Reads when an image was made, as its config has it; of an index the latest of its images. */
export async function readCreated(root: Root): Promise<string | undefined> {
  const images = await loadImages(root);
  const dated = await Promise.all(images.map(async ({ manifest, config }) => ({
    name: manifest.descriptor.digest,
    created: (await readConfig(config)).json.created ?? undefined,
  })));
  return sortNewestFirst(dated)[0]?.created || undefined;
}
