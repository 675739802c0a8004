/** What loaders of Docker before 1.10 look for, beside the layers: a few small files a layer. */
import { type Digest, digestOf, encodedOf } from "../../../src/bytes/digest.ts";
import type { Content } from "../../../src/image/content.ts";
import { encodeJson } from "../../../src/image/json.ts";
import { readConfig } from "../../../src/image/load.ts";
import type { ArchiveWriter } from "../archive/write.ts";
import type { NamedImage } from "./accept.ts";
import { REPOSITORIES_FILE } from "./legacy-read.ts";

/** Writes a folder for each layer, and `repositories`. `pathOf` says where a layer's tar is. */
export async function writeLegacy(
  archive: ArchiveWriter,
  images: readonly NamedImage[],
  pathOf: (diffId: Digest) => string,
): Promise<void> {
  const written = new Set<string>();
  const tops: (readonly [name: string, id: string])[] = [];
  for (const { image, names } of images) {
    let parent: string | undefined;
    for (const [i, { diffId }] of image.layers.entries()) {
      const isTop = i === image.layers.length - 1;
      const id = idOf(diffId, parent, isTop ? image.config : undefined);
      const json = { id, ...(parent && { parent }), ...(isTop && await fieldsOf(image.config)) };
      if (!written.has(id)) await writeLayer(archive, id, json, pathOf(diffId));
      written.add(id);
      parent = id;
    }
    if (parent !== undefined) { for (const name of names) tops.push([name, parent]); }
  }
  await archive.add(REPOSITORIES_FILE, encodeJson(repositories(tops)));
}

/** Docker took random ones; these are the same for the same layers (and, at the top, config). */
function idOf(diffId: Digest, parent: string | undefined, config: Content | undefined): string {
  const named = [diffId, parent ?? "", config?.descriptor.digest ?? ""].join(" ");
  return encodedOf(digestOf(Buffer.from(named)));
}

async function writeLayer(archive: ArchiveWriter, id: string, json: object, tar: string) {
  await archive.add(`${id}/VERSION`, Buffer.from("1.0"));
  await archive.add(`${id}/json`, encodeJson(json));
  await archive.addLink(`${id}/layer.tar`, `../${tar}`);
}

/** The config without what did not exist then. */
async function fieldsOf(config: Content): Promise<object> {
  const { rootfs: _rootfs, history: _history, ...fields } = (await readConfig(config)).json;
  return fields;
}

function repositories(tops: readonly (readonly [name: string, id: string])[]): object {
  const json: Record<string, Record<string, string>> = {};
  for (const [name, id] of tops) {
    const colon = name.lastIndexOf(":");
    (json[name.slice(0, colon)] ??= {})[name.slice(colon + 1)] = id;
  }
  return json;
}
