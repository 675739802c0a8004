/** The work of `nixoci build`. */
import type { TransportOptions } from "../../../../transports/mod.ts";
import { sourceOf } from "../../../compose/source.ts";
import { readSpecWith, type SpecFlagValues } from "../../../compose/spec/flags.ts";
import type { DeliveryFlags } from "../../delivery/flags.ts";
import { deliver } from "../../delivery/mod.ts";
import type { GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { buildImage } from "../../spec/image.ts";

/** The flags of `build` that concern the image. */
export type BuildFlags = SpecFlagValues & DeliveryFlags & GlobalFlags;

/** Builds the image where it goes. */
export async function buildTo(
  destination: string,
  spec: string | undefined,
  flags: BuildFlags,
  io: Io,
): Promise<void> {
  const asked = await readSpecWith(spec, flags, { onNotice: io.notice, signal: io.signal });
  // Only what is listed under a name gets it, where the destination leaves the name open.
  const { platform: _ofSpec, ...delivery } = flags;
  const open = async (options: TransportOptions) => sourceOf(await buildImage(asked, options));
  await deliver(open, destination, { ...delivery, all: true }, io);
}
