/** The work of `nixoci index create`. */
import { parsePlace } from "../../../../../transports/reference.ts";
import { useResources } from "../../../../base/dispose.ts";
import { createIndex } from "../../../../steps/index-entries.ts";
import { deliver } from "../../../delivery/mod.ts";
import { createChange } from "../../../delivery/spared.ts";
import type { Io } from "../../../kit/io.ts";
import type { IndexFlags } from "../flags.ts";
import { openMembers } from "../members.ts";

/** Makes the index, and copies it with all that is in it. */
export async function createImageIndex(
  destination: string,
  sources: readonly string[],
  { platform, ...flags }: IndexFlags & { readonly platform?: string[] | undefined },
  io: Io,
): Promise<void> {
  await useResources(async (hold) => {
    const { members, holders } = await openMembers(sources, platform, io, hold);
    const index = await createIndex(members);
    const open = () =>
      Promise.resolve({
        resolve: () => Promise.resolve(index),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    const dryRun = flags["dry-run"] ?? false;
    const place = parsePlace(destination, { lasting: true });
    const change = createChange([], { destination: place, holders, dryRun });
    await deliver(open, destination, flags, io, change);
  });
}
