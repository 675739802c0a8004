/** The work of `nixoci build`, and of `nixoci plan` what is the same. */
import type { TransportOptions } from "../../../../transports/mod.ts";
import { ownResources, useResources } from "../../../base/dispose.ts";
import { NixociError } from "../../../base/errors.ts";
import { cache } from "../../../cache/cache.ts";
import type { Base } from "../../../compose/base.ts";
import { build, type Built } from "../../../compose/build.ts";
import { checkSpec, type ReadSpec, readSpec } from "../../../compose/spec/read.ts";
import { sourceOf } from "../../../compose/source.ts";
import type { Source } from "../../../image/root.ts";
import type { Recompression } from "../../../steps/compress.ts";
import type { FlagValues, GlobalFlags, Io } from "../../kit/command.ts";
import type { SideValues } from "../../kit/sides.ts";
import { deliver } from "../copy/delivery.ts";
import type { deliveryFlags } from "../copy/flags.ts";
import { openBase } from "./base-image.ts";
import type { specFlags } from "./spec-flags.ts";
import { withFlags } from "./with-flags.ts";

/** The values of the flags that may stand for a SPEC. */
export type SpecFlagValues = FlagValues<typeof specFlags>;

/** The flags of `build` that concern the image. */
export type BuildFlags = SpecFlagValues & FlagValues<typeof deliveryFlags> & GlobalFlags;

/** Builds the image where it goes. */
export async function buildTo(
  destination: string,
  spec: string | undefined,
  flags: BuildFlags,
  io: Io,
): Promise<void> {
  const asked = await readAsked(spec, flags, io.access);
  // Only what is listed under a name gets it, where the destination leaves the name open.
  const how = { ...flags, platform: undefined, digest: undefined, all: true };
  const open = (options: TransportOptions) => openBuilt(asked, options);
  await deliver(open, destination, how, io, compressionOf(asked));
}

/** Reads the SPEC in the file, if there is one, with what the flags say. */
export async function readAsked(
  file: string | undefined,
  flags: SpecFlagValues,
  { store }: SideValues,
): Promise<ReadSpec> {
  const { spec, folder } = file === undefined
    ? { spec: {}, folder: process.cwd() }
    : await readSpec(file);
  const whole = withFlags(spec, { ...flags, store });
  if (file === undefined && Object.keys(whole).every((field) => field === "store")) {
    throw new NixociError("USAGE", "Nothing says what the image is made of", {
      hint: "name a SPEC, or give --path, --copy-to-root, --layer or --from",
    });
  }
  return { spec: await checkSpec(whole, file ?? "the flags"), folder };
}

/** Returns how the SPEC would have layers compressed. */
function compressionOf({ spec: { compressor } }: ReadSpec): Recompression["kind"] | undefined {
  return compressor === "gz" ? "gzip" : compressor ?? undefined;
}

/** Opens the image as a source, for copying. Its name is listed where the SPEC has one. */
async function openBuilt(asked: ReadSpec, options: TransportOptions): Promise<Source> {
  return await ownResources(async (hold) => {
    const base = hold(await openBase(asked, options));
    const built = await buildOn(asked, base?.base, options);
    return { ...sourceOf(built), traits: { synthetic: true, repository: base?.repository } };
  });
}

/** Makes the image and its plan; nothing of it is open when it is returned. */
export async function planImage(asked: ReadSpec, options: TransportOptions): Promise<Built> {
  return await useResources(async (hold) => {
    const base = hold(await openBase(asked, options));
    return await buildOn(asked, base?.base, options);
  });
}

async function buildOn(
  { spec, folder }: ReadSpec,
  base: Base | undefined,
  { signal }: TransportOptions,
): Promise<Built> {
  const { layers, bases } = cache();
  return await build(spec, { folder, known: layers, bases, base, signal });
}
