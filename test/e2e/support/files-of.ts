/** The files of an image or of a layer, a line each, as `tar` would list them. */
import { collectStream } from "../../../src/bytes/stream.ts";
import { flatten } from "../../../src/flatten/mod.ts";
import { readLayerTar } from "../../../src/image/layer/layer.ts";
import type { Image, Layer } from "../../../src/image/root.ts";
import type { ByteStream } from "../../../src/bytes/stream.ts";
import { readTar } from "../../../src/tar/read.ts";

/** Lists a layer: its own entries, whiteouts among them. */
export function listLayer(layer: Layer): Promise<string[]> {
  return listTar(readLayerTar(layer));
}

/** Lists the files that containers of the image see. */
export function listImage(image: Image): Promise<string[]> {
  return listTar(flatten(image));
}

/** Lists a tar: `0755 0:0 ./etc/`, with the targets of links and small contents behind it. */
export async function listTar(tar: ByteStream): Promise<string[]> {
  const lines: string[] = [];
  for await (const { entry, data } of readTar(tar)) {
    const { mode, uid, gid, path, type, linkpath, size } = entry;
    const bytes = size > 0 && size < 200 ? await collectStream(data, 200, path) : undefined;
    const text = bytes && JSON.stringify(Buffer.from(bytes).toString());
    const more = type === "symlink"
      ? `-> ${linkpath}`
      : type === "hardlink"
      ? `= ${linkpath}`
      : text;
    const name = path.replace(/^\.?\//, "").replace(/(?<=.)\/$/, "") || ".";
    const kind = type === "directory" ? "/" : "";
    const bits = mode.toString(8).padStart(4, "0");
    lines.push([bits, `${uid}:${gid}`, `${name}${kind}`, more].filter(Boolean).join(" "));
  }
  return lines;
}
