/** What `nixoci build` and `nixoci plan` do, once their words are parsed. */
import type { Base } from "../../../compose/base.ts";
import { build, type Built } from "../../../compose/build.ts";
import type { ReadSpec } from "../../../compose/spec/read.ts";
import { sourceOf } from "../../../compose/source.ts";
import { cache } from "../../../cache/cache.ts";
import type { Source, TransportOptions } from "../../../image/root.ts";
import { openBase } from "./base-image.ts";

/** The image as a source, for copying. Its name is listed where the SPEC has one. */
export async function buildSource(asked: ReadSpec, options: TransportOptions): Promise<Source> {
  const base = await openBase(asked, options);
  try {
    const built = await buildOn(asked, base?.base, options);
    const repository = base?.source.traits?.repository;
    return {
      ...sourceOf(built),
      traits: { synthetic: true, repository },
      async [Symbol.asyncDispose]() {
        await base?.source[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await base?.source[Symbol.asyncDispose]();
    throw error;
  }
}

/** The image and its plan; nothing of it is open when it is returned. */
export async function planned(asked: ReadSpec, options: TransportOptions): Promise<Built> {
  const base = await openBase(asked, options);
  try {
    return await buildOn(asked, base?.base, options);
  } finally {
    await base?.source[Symbol.asyncDispose]();
  }
}

async function buildOn(
  { spec, folder }: ReadSpec,
  base: Base | undefined,
  { signal }: TransportOptions,
): Promise<Built> {
  const { layers, bases } = cache();
  return await build(spec, {
    folder,
    known: layers,
    bases,
    ...(base && { base }),
    ...(signal && { signal }),
  });
}
