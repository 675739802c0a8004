/** The image that a SPEC describes, on the base that it names. */
import type { TransportOptions } from "../../../transports/mod.ts";
import { ownResources, useResources } from "../../base/dispose.ts";
import { createCache } from "../../cache/cache.ts";
import type { Base } from "../../compose/base.ts";
import { build, type BuildResult } from "../../compose/build.ts";
import { sourceOf } from "../../compose/source.ts";
import type { SpecInFolder } from "../../compose/spec/read.ts";
import type { Source } from "../../image/source.ts";
import { openBase } from "./base-image.ts";

/** Opens the image as a source, for copying. Its name is listed where the SPEC has one. */
export async function openBuilt(asked: SpecInFolder, options: TransportOptions): Promise<Source> {
  return await ownResources(async (hold) => {
    const base = await openBase(asked, options, hold);
    const built = await buildOn(asked, base?.base, options);
    const repository = base?.source.traits?.repository;
    const source = sourceOf(built);
    return { ...source, traits: { ...source.traits, repository } };
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
