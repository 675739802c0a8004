/**
 * Writes what loaders of Docker before 1.10 look for, beside the layers: a few small files a layer, with
 * skopeo's names and skopeo's bytes.
 * @see https://github.com/containers/image/blob/main/docker/internal/tarfile/writer.go
 */
import { type Digest, digestOf, encodedOf } from "../../../src/bytes/digest.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import type { ArchiveWriter } from "../archive/write.ts";
import type { NamedImage } from "./accept.ts";
import { encodeGoObject, parseGoObject } from "../../../src/go/json.ts";

/**
 * Writes a folder for each layer. `pathOf` says where a layer's tar is.
 * @returns what `repositories` is to hold.
 */
export async function writeLegacy(
  archive: ArchiveWriter,
  images: readonly NamedImage[],
  pathOf: (diffId: Digest) => string,
): Promise<Buffer> {
  const written = new Set<string>();
  const tops: (readonly [name: string, id: string])[] = [];
  for (const { image, names } of images) {
    let parent: string | undefined;
    let chain: Digest | undefined;
    for (const [i, { diffId }] of image.layers.entries()) {
      const isTop = i === image.layers.length - 1;
      const fields = new Map(isTop ? await readFields(image.config) : []);
      if (parent !== undefined) fields.set("parent", JSON.stringify(parent));
      chain = chain === undefined ? diffId : digestOf(Buffer.from(`${chain} ${diffId}`));
      const id = idOf(fields, chain);
      const json = encodeGoObject(fields.set("id", JSON.stringify(id)));
      if (!written.has(id)) await writeLegacyLayer(archive, id, json, pathOf(diffId));
      written.add(id);
      parent = id;
    }
    if (parent !== undefined) { for (const name of names) tops.push([name, parent]); }
  }
  return Buffer.from(formatRepositories(tops));
}

/** Docker took random ones; these are the same for the same layers (and, at the top, config). */
function idOf(fields: ReadonlyMap<string, string>, chain: Digest): string {
  const named = new Map(fields).set("layer_id", JSON.stringify(chain));
  return encodedOf(digestOf(Buffer.from(encodeGoObject(named))));
}

async function writeLegacyLayer(archive: ArchiveWriter, id: string, json: string, tar: string) {
  await archive.addLink(`${id}/layer.tar`, `../${tar}`);
  await archive.add(`${id}/VERSION`, Buffer.from("1.0"));
  await archive.add(`${id}/json`, Buffer.from(json));
}

const FIELDS = [
  "architecture",
  "config",
  "container",
  "container_config",
  "created",
  "docker_version",
  "os",
];

/** Reads of the config what was there then, as it is written there. */
async function readFields(config: Content): Promise<[string, string][]> {
  const members = parseGoObject((await readContent(config, MAX_DOCUMENT)).toString());
  return FIELDS.map((name) => [name, members.get(name) ?? "null"]);
}

function formatRepositories(tops: readonly (readonly [name: string, id: string])[]): string {
  const json = new Map<string, Map<string, string>>();
  for (const [name, id] of tops) {
    const colon = name.lastIndexOf(":");
    const tags = json.get(name.slice(0, colon)) ?? new Map();
    json.set(name.slice(0, colon), tags.set(name.slice(colon + 1), JSON.stringify(id)));
  }
  return encodeGoObject(new Map([...json].map(([name, tags]) => [name, encodeGoObject(tags)])));
}
