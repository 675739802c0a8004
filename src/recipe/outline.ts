/** The outline of a layer's tar: its size, before any file is read. */
import type { NextBuffer } from "../bytes/chunk.ts";
import { createYielder } from "../bytes/flow/yielder.ts";
import { paddedSizeOf } from "../tar/block.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";
import { endOf, type FramedMember, listFramedMembers, writeLayerTar } from "./tar.ts";

/** A layer of which it is known what will be in it. */
export interface LayerOutline {
  /** Of the whole tar, in bytes. */
  readonly size: number;
  /** Makes the bytes, as `writeLayerTar` does. */
  write(room: NextBuffer): Generator<Uint8Array>;
}

/** In bytes: headers up to so many are kept, so that few layers are looked at twice. */
const MAX_HEADERS = 4 * 1024 * 1024;

/** Looks at all that the layer has, and reads nothing of it. Throws as `listFramedMembers` does. */
export async function readOutline(recipe: LayerRecipe, store: StoreRoot): Promise<LayerOutline> {
  const othersTurn = createYielder();
  let kept: FramedMember[] | undefined = [];
  let headers = 0;
  let total = 0;
  for (const { header, content, size } of listFramedMembers(recipe, store)) {
    headers += header.length;
    total += header.length + paddedSizeOf(size);
    if (headers > MAX_HEADERS) kept = undefined;
    kept?.push({ header: Buffer.from(header), content, size });
    const turn = othersTurn();
    if (turn !== undefined) await turn;
  }
  return {
    size: total + endOf(total, recipe),
    write: (room) => writeLayerTar(recipe, store, room, kept),
  };
}
