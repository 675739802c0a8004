/** Changes an index where it is. */
import { parsePlace } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import type { Step } from "../../../image/step.ts";
import type { IndexMember } from "../../../steps/index-entries.ts";
import { deliver } from "../../delivery/mod.ts";
import { createChange } from "../../delivery/spared.ts";
import type { Io } from "../../kit/io.ts";
import type { IndexFlags } from "./flags.ts";
import { openMembers } from "./members.ts";

/** The images that a change needs from elsewhere. */
export interface ChangeSources {
  readonly sources?: readonly string[];
  readonly platforms?: readonly string[] | undefined;
}

/** Copies the index to its own place, with a step on the way. */
export async function changeIndex(
  index: string,
  { sources = [], platforms }: ChangeSources,
  flags: IndexFlags,
  io: Io,
  ...makers: readonly ((members: readonly IndexMember[]) => Step)[]
): Promise<void> {
  await useResources(async (hold) => {
    const { members, holders } = await openMembers(sources, platforms, io, hold);
    const steps = makers.map((make) => make(members));
    const place = parsePlace(index, { lasting: true });
    const dryRun = flags["dry-run"] ?? false;
    const change = createChange(steps, { source: place, destination: place, holders, dryRun });
    await deliver(index, index, flags, io, change);
  });
}
