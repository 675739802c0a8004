/** What `nixoci build` and `nixoci plan` do, once their words are parsed. */
import { openSource } from "../../transports/mod.ts";
import type { Base } from "../build/base.ts";
import { build, type Built } from "../build/build.ts";
import { checkSpec, type ReadSpec, readSpec } from "../build/read.ts";
import { sourceOf } from "../build/source.ts";
import type { Spec } from "../build/spec.ts";
import { cache } from "../cache.ts";
import { during, NixociError } from "../errors.ts";
import { hostPlatform, normalize } from "../image/platform.ts";
import { parseReference } from "../image/reference.ts";
import type { Image, Source, TransportOptions } from "../image/root.ts";
import { scratch } from "../image/scratch.ts";
import { platform } from "../steps/platform.ts";
import type { Recompression } from "../steps/compress.ts";
import { baseReference } from "./base-reference.ts";
import { inRegistry } from "./opened.ts";
import { withFlags } from "./spec-flags.ts";

/** The SPEC in the file, if there is one, with what the flags say. */
export async function specOf(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<ReadSpec> {
  const { spec, folder } = file === undefined
    ? { spec: {}, folder: process.cwd() }
    : await readSpec(file);
  return { spec: await checkSpec(withFlags(spec, flags), file ?? "the flags"), folder };
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
    const repository = base?.source.repository;
    return {
      ...sourceOf(built),
      ...(repository !== undefined && { repository }),
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

interface OpenBase {
  readonly base: Base;
  readonly source: Source;
}

/** The base that the SPEC names, for the platform that it says. */
async function openBase(
  { spec, folder }: ReadSpec,
  options: TransportOptions,
): Promise<OpenBase | undefined> {
  const { fromImage, fromImageName: name, fromImageTag: tag } = spec;
  if (!fromImage) {
    if (!name && !tag) return undefined;
    throw new NixociError("USAGE", `${name ? "fromImageName" : "fromImageTag"}: of what?`, {
      hint: "give fromImage too",
    });
  }
  const reference = await baseReference(fromImage, { name, tag }, folder);
  const source = await openSource(reference, options);
  try {
    const image = await imageFor(spec, source, options);
    return { base: { image, reference: pinned(reference, image) }, source };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw during(error, `Cannot use the base image ${reference}`);
  }
}

/** In a registry the image's digest, for tags move; a plan says where to find its layers later. */
function pinned(reference: string, { manifest }: Image): string {
  const location = inRegistry(reference);
  if (location === undefined) return reference;
  const { host, repository } = parseReference(location.replace(/^\/\//, ""));
  return `registry:${host}/${repository}@${manifest.descriptor.digest}`;
}

async function imageFor(spec: Spec, source: Source, { signal }: TransportOptions): Promise<Image> {
  const host = hostPlatform();
  const architecture = spec.architecture ?? spec.arch;
  const { os, variant } = spec;
  const isSaid = Boolean(architecture || os || variant);
  const wanted = normalize({
    os: os ?? "linux",
    architecture: architecture ?? host.architecture,
    variant: variant ?? (architecture ? undefined : host.variant),
  });
  const room = scratch();
  try {
    const root = await source.resolve();
    // An image that is in no index is what there is, unless the SPEC says for what it is to be.
    const image = root.kind === "index" || isSaid
      ? await platform([wanted])(root, { scratch: room, ...(signal && { signal }) })
      : root;
    if (image.kind === "image") return image;
    throw new NixociError("UNSUPPORTED", `it is an ${image.kind}, not an image`);
  } finally {
    await room[Symbol.asyncDispose]();
  }
}
