/** What `nixoci build` and `nixoci plan` do, once their words are parsed. */
import type { Base } from "../../../compose/base.ts";
import { build, type Built } from "../../../compose/build.ts";
import { checkSpec, type ReadSpec, readSpec } from "../../../compose/spec/read.ts";
import { sourceOf } from "../../../compose/source.ts";
import { cache } from "../../../cache/cache.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Source, TransportOptions } from "../../../image/root.ts";
import type { Recompression } from "../../../steps/compress.ts";
import { openBase } from "./base-image.ts";
import { withFlags } from "./with-flags.ts";

/** The SPEC in the file, if there is one, with what the flags say. */
export async function specOf(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<ReadSpec> {
  const { spec, folder } = file === undefined
    ? { spec: {}, folder: process.cwd() }
    : await readSpec(file);
  const whole = withFlags(spec, flags);
  if (file === undefined && Object.keys(whole).every((field) => field === "store")) {
    throw new NixociError("USAGE", "Nothing says what the image is made of", {
      hint: "name a SPEC, or give --path, --copy-to-root, --layer or --from",
    });
  }
  return { spec: await checkSpec(whole, file ?? "the flags"), folder };
}

/** How the SPEC would have layers compressed. */
export function packingOf({ spec: { compressor } }: ReadSpec): Recompression["kind"] | undefined {
  return compressor === "gz" ? "gzip" : compressor ?? undefined;
}

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
