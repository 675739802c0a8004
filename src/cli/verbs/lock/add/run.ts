/** The work of `nixoci lock add`. */
import { parsePlatform } from "../../../../image/platform.ts";
import { parseReference } from "../../../../image/reference.ts";
import { type AddResult, addToLock } from "../../../../lock/add.ts";
import { editLock } from "../../../../lock/file.ts";
import type { Io } from "../../../kit/io.ts";
import { createLockRegistry, waitOptionsOf } from "../registry.ts";

/** Locks images, one after the other, and writes the file once. */
export async function addLockedImages(
  file: string,
  names: readonly string[],
  which: "all" | readonly string[] | undefined,
  io: Io,
): Promise<AddResult[]> {
  const registry = createLockRegistry(io, names.map((name) => parseReference(name).host));
  const platforms = which === "all" ? which : which?.map(parsePlatform);
  const { added } = await editLock(file, async (before) => {
    const added: AddResult[] = [];
    let lock = before;
    for (const name of names) {
      const one = await addToLock(lock, name, { registry, platforms });
      added.push(one);
      lock = one.lock;
    }
    return { lock, added };
  }, { create: true, ...waitOptionsOf(io) });
  return added;
}
