/** The work of `nixoci build`, and of `nixoci plan` what is the same. */
import type { TransportOptions } from "../../../../transports/mod.ts";
import { ownResources, useResources } from "../../../base/dispose.ts";
import { createCache } from "../../../cache/cache.ts";
import type { Base } from "../../../compose/base.ts";
import { build, type BuildResult } from "../../../compose/build.ts";
import { compressionOf } from "../../../compose/features/compressor.ts";
import { readSpecWith, type SpecFlagValues } from "../../../compose/spec/flags.ts";
import { sourceOf } from "../../../compose/source.ts";
import type { SpecInFolder } from "../../../compose/spec/read.ts";
import type { Source } from "../../../image/source.ts";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { deliver } from "../copy/delivery.ts";
import type { deliveryFlags } from "../copy/flags.ts";
import { openBase } from "./base-image.ts";

/** The flags of `build` that concern the image. */
export type BuildFlags = SpecFlagValues & FlagValues<typeof deliveryFlags> & GlobalFlags;

/** Builds the image where it goes. */
export async function buildTo(
  destination: string,
  spec: string | undefined,
  flags: BuildFlags,
  io: Io,
): Promise<void> {
  const asked = await readSpecWith(spec, { ...flags, store: io.access.store }, io.notice);
  // Only what is listed under a name gets it, where the destination leaves the name open.
  const how = { ...flags, platform: undefined, digest: undefined, all: true };
  const open = (options: TransportOptions) => openBuilt(asked, options);
  await deliver(open, destination, how, io, compressionOf(asked.spec));
}

/** Opens the image as a source, for copying. Its name is listed where the SPEC has one. */
async function openBuilt(asked: SpecInFolder, options: TransportOptions): Promise<Source> {
  return await ownResources(async (hold) => {
    const base = await openBase(asked, options, hold);
    const built = await buildOn(asked, base?.base, options);
    const repository = base?.source.traits?.repository;
    return { ...sourceOf(built), traits: { synthetic: true, repository } };
  });
}

/** Makes the image and its plan; nothing of it is open when it is returned. */
export async function planImage(
  asked: SpecInFolder,
  options: TransportOptions,
): Promise<BuildResult> {
  return await useResources(async (hold) => {
    const base = await openBase(asked, options, hold);
    return await buildOn(asked, base?.base, options);
  });
}

async function buildOn(
  { spec, folder, fromFlags: strict }: SpecInFolder,
  base: Base | undefined,
  { signal, onNotice }: TransportOptions,
): Promise<BuildResult> {
  const { layers: known, bases } = createCache();
  return await build(spec, { folder, base, known, bases, strict, onNotice, signal });
}
