/** The image that a SPEC describes, on the base that it names. */
import { openBase } from "../../../transports/base.ts";
import type { TransportOptions } from "../../../transports/mod.ts";
import { createCache } from "../../cache/cache.ts";
import { build, type BuildResult } from "../../compose/build.ts";
import type { SpecInFolder } from "../../compose/spec/read.ts";

/** Makes the image and its plan, with the base's place open until it is disposed of. */
export async function buildImage(
  { spec, folder, fromFlags: strict }: SpecInFolder,
  options: TransportOptions,
): Promise<BuildResult> {
  const { signal, onNotice } = options;
  const { layers: known, bases } = createCache();
  return await build(spec, {
    folder,
    openBase: (from, which, below) => openBase(from, which, below, options),
    known,
    bases,
    strict,
    onNotice,
    signal,
  });
}
