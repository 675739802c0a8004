/** Makes a layer of changes. */
import { createHasher } from "../../bytes/digest.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { createWindowReader, SMALL } from "../../flatten/window-reader.ts";
import { content } from "../../image/content.ts";
import { LAYER_TYPE } from "../../recipe/layers.ts";
import type { Layer } from "../../image/root.ts";
import type { ScratchFile } from "../../image/disk/scratch.ts";
import { OPAQUE, whiteoutOf } from "../../image/layer/whiteout.ts";
import { type TarInput, writeTar } from "../../tar/write.ts";
import { joinPath } from "../tree/path.ts";
import type { Change } from "./changes.ts";
import type { WrittenFile } from "./written.ts";

/** Makes the layer: named now, and made from the spool whenever it is opened. */
export async function makeLayer(
  changes: readonly Change[],
  spool: ScratchFile,
  mtime: bigint,
): Promise<Layer> {
  const open = (): ByteStream => writeTar(listMembers(changes, spool, mtime));
  const hash = createHasher();
  let size = 0;
  for await (const chunk of open()) {
    hash.update(chunk);
    size += chunk.length;
  }
  const digest = hash.digest();
  return { ...content({ mediaType: LAYER_TYPE, digest, size }, open), diffId: digest };
}

async function* listMembers(
  changes: readonly Change[],
  spool: ScratchFile,
  mtime: bigint,
): AsyncIterable<TarInput> {
  const small = createWindowReader();
  for (const change of changes) {
    if (change.kind === "file") {
      const fields = fieldsOf(change.file);
      const { size } = fields;
      const { offset } = change.file;
      if (size === 0) yield { fields };
      else if (size > SMALL) yield { fields, data: spool.read(offset, offset + size) };
      else yield { fields, data: await small.read(spool, offset, size) };
    } else {
      const path = change.kind === "opaque"
        ? joinPath(change.folder, OPAQUE)
        : whiteoutOf(joinPath(change.folder, change.name));
      // As Docker writes it.
      yield { fields: { path, mtime } };
    }
  }
}

function fieldsOf(file: WrittenFile): TarInput["fields"] & { readonly size: number } {
  const { path, type, mode, uid, gid, mtime, linkTo, linkpath, devmajor, devminor, xattrs } = file;
  if (linkTo !== undefined) {
    return { path, type: "hardlink", linkpath: linkTo, size: 0, mode, uid, gid, mtime };
  }
  const name = type === "directory" ? `${path || "."}/` : path;
  const size = type === "file" ? file.size : 0;
  return { path: name, type, linkpath, size, mode, uid, gid, mtime, devmajor, devminor, xattrs };
}
