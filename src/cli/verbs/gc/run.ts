/** The work of `nixoci gc`. */
import { type Garbage, removeGarbage } from "../../../../transports/oci-dir/garbage.ts";
import { makePlace } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { patternOf } from "../../../flatten/glob.ts";
import type { Source } from "../../../image/source.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { readCreated } from "../../../sync/images/created.ts";
import { readLayoutFolder } from "../../reference/place.ts";
import { withSource } from "../../reference/with-source.ts";

/** The flags. */
export interface GcFlags {
  readonly untag?: readonly string[] | undefined;
  readonly "keep-newest"?: number | undefined;
  readonly grace?: number | undefined;
  readonly sparse?: boolean;
  readonly "dry-run"?: boolean;
}

/** A layout with the things that have gone, and how much that was. */
export interface TidiedLayout extends Garbage {
  readonly bytes: number;
}

/** Tidies a layout up. */
export async function removeUnneeded(
  layout: string,
  flags: GcFlags,
  io: Io,
): Promise<TidiedLayout> {
  const path = readLayoutFolder(layout);
  const options = readSideOptions(io.access, io);
  if (options.sharedBlobDir !== undefined) {
    throw new NixociError("USAGE", "blobs that several layouts share cannot be tidied up", {
      hint: "leave --shared-blob-dir out, for a layout with blobs of its own",
    });
  }
  const patterns = (flags.untag ?? []).map(patternOf);
  const { "keep-newest": count, grace } = flags;
  const old = count === undefined
    ? new Set<string>()
    : await withSource(makePlace("oci-dir", path), {}, options, (from) => listOld(from, count));
  const garbage = await removeGarbage(path, {
    untag: (name) => old.has(name) || patterns.some((pattern) => pattern.test(name)),
    sparse: flags.sparse ?? false,
    dryRun: flags["dry-run"] ?? false,
    signal: io.signal,
    onNotice: io.notice,
    ...grace !== undefined && { grace },
  });
  return { ...garbage, bytes: garbage.blobs.reduce((sum, { size }) => sum + size, 0) };
}

/** Lists the names of all images but so many that were made last. */
async function listOld(from: Source, count: number): Promise<Set<string>> {
  const named = new Map<string, { readonly created: string; readonly names: string[] }>();
  for (const { name, select, id = select } of await from.list?.() ?? []) {
    if (name === undefined) continue;
    const known = named.get(id);
    if (known) known.names.push(name);
    else {named.set(id, {
        created: await readCreated(await from.resolve(select)) ?? "",
        names: [name],
      });}
  }
  const newest = [...named.values()].sort((a, b) => a.created < b.created ? 1 : -1);
  return new Set(newest.slice(count).flatMap(({ names }) => names));
}
