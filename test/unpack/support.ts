/** Images of layers that are told member by member, and what unpacking them makes. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/bytes/digest.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { contentOf } from "../../src/image/content.ts";
import { encodeJson } from "../../src/image/json.ts";
import { layerMediaTypeOf, MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { Image, Layer } from "../../src/image/root.ts";
import { archiveOf, type Member, type Members } from "../support/archives.ts";

export type LayerSpec = Members | readonly (readonly [path: string, Member])[] | Buffer;

/** An image of plain layers, lowest first: members by path, or whole archives. */
export async function imageOfLayers(
  layers: readonly LayerSpec[],
  config: Readonly<Record<string, unknown>> = {},
): Promise<Image> {
  const mediaType = layerMediaTypeOf({ format: "oci", compression: "none", distributable: true })!;
  const made = await Promise.all(layers.map(async (spec): Promise<Layer> => {
    const tar = Buffer.isBuffer(spec) ? spec : await archiveOf(spec);
    return { ...contentOf(mediaType, tar), diffId: digestOf(tar) };
  }));
  const json = {
    architecture: "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: made.map(({ diffId }) => diffId) },
  };
  return createImage("oci", contentOf(MEDIA_TYPES.oci.config, encodeJson(json)), made);
}

/** A file's bytes as a member. */
export function file(text: string): Buffer {
  return Buffer.from(text);
}

/** Each path below the folder in byte order, with what it is: a mode, and content or link. */
export function treeOf(folder: string, below = ""): string[] {
  const names = readdirSync(join(folder, below)).sort();
  return names.flatMap((name) => {
    const path = join(below, name);
    const whole = join(folder, path);
    const stat = lstatSync(whole);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(whole)}`];
    if (stat.isDirectory()) return [`${path}/ ${mode}`, ...treeOf(folder, path)];
    if (!stat.isFile()) return [`${path} ${mode} special`];
    return [`${path} ${mode} ${readFileSync(whole, "utf8")}`];
  });
}
