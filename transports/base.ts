/** Opens the base image of a SPEC: a reference, or a path, where a look shows what lies there. */
import { open, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { isSystemError, NixociError, wrapError } from "../src/base/errors.ts";
import { parseReference } from "../src/image/reference.ts";
import type { Source } from "../src/image/source.ts";
import type { TransportOptions } from "./list.ts";
import { openSource } from "./mod.ts";
import {
  hasScheme,
  makePlace,
  parsePlace,
  type PlaceReference,
  resolvePlace,
} from "./reference.ts";

/** The name and tag of an image in an archive. */
export interface ArchiveImage {
  readonly name?: string | null | undefined;
  readonly tag?: string | null | undefined;
}

/**
 * Opens the place that a SPEC's `fromImage` names, for {@link BuildOptions.openBase}.
 * @param from a path to an archive, a layout or a plan, or `scheme:location`.
 * @param which of an archive's images it is, where `from` is its path.
 * @param folder what a relative path is below.
 * @throws NixociError `USAGE`, `NOT_FOUND`, and what opening throws.
 * @example
 * ```ts
 * import { build, openBase } from "nixoci";
 * const spec = { fromImage: "oci-dir:in", architecture: "arm64", copyToRoot: "rootfs" };
 * await using built = await build(spec, { openBase });
 * console.log(built.image.layers.length > 1); // true
 * ```
 */
export async function openBase(
  from: string,
  which: ArchiveImage,
  folder: string,
  options?: TransportOptions,
): Promise<{ readonly source: Source; readonly reference: string }> {
  const place = await findBase(from, which, folder);
  return { source: await openSource(place, options), reference: place.text };
}

/**
 * Makes the path of a base whole, whether it has a scheme or not.
 * @param folder what a relative path is below.
 */
export function makeBaseAbsolute(from: string, folder: string): string {
  if (!hasScheme(from)) return resolve(folder, from);
  return resolvePlace(parsePlace(from), folder).text;
}

/**
 * Finds out which place a base is: what its reference says, or what is at its path.
 * @param folder what a relative path is below.
 * @throws NixociError `USAGE`, `NOT_FOUND`, `IO`.
 */
export async function findBase(
  from: string,
  which: ArchiveImage,
  folder: string,
): Promise<PlaceReference> {
  const image = nameArchiveImage(which);
  if (!hasScheme(from)) return await findPlaceAt(resolve(folder, from), image, folder);
  const base = resolvePlace(parsePlace(from), folder);
  if (image === undefined) return base;
  throw new NixociError("USAGE", `fromImageName: ${base.text} says itself which image is meant`, {
    hint: "leave fromImageName and fromImageTag out",
  });
}

async function findPlaceAt(
  path: string,
  image: string | undefined,
  folder: string,
): Promise<PlaceReference> {
  const kind = await detectKind(path).catch((error) => {
    throw isSystemError(error, "ENOENT")
      ? notFoundError(path, relative(folder, path), error)
      : wrapError(error, `fromImage: cannot read ${path}`);
  });
  if (kind === "docker-archive") return makePlace(kind, `${path}:${image ?? "@0"}`);
  if (image === undefined) return makePlace(kind, path);
  if (kind === "oci-dir") return makePlace(kind, `${path}:${image}`);
  throw new NixociError("USAGE", `fromImageName: ${path} holds one image only`, {
    hint: "leave fromImageName and fromImageTag out",
  });
}

/** @param short the path from the folder: as it was written, or nearly so. */
function notFoundError(path: string, short: string, cause: unknown): NixociError {
  const message = `fromImage: cannot read ${path}: no such file or directory`;
  const hint = `write registry:${short} for an image in a registry`;
  return new NixociError("NOT_FOUND", message, {
    cause,
    hint: isReference(short) ? hint : undefined,
  });
}

/** Tells whether somebody might have meant an image of that name. */
function isReference(text: string): boolean {
  try {
    return parseReference(text) !== undefined;
  } catch {
    return false;
  }
}

function nameArchiveImage({ name, tag }: ArchiveImage): string | undefined {
  if (!name && !tag) return undefined;
  if (name && tag) return `${name}:${tag}`;
  const [there, missing] = name ? ["fromImageName", "fromImageTag"] : [
    "fromImageTag",
    "fromImageName",
  ];
  throw new NixociError("USAGE", `${there}: it needs ${missing}`, {
    hint: "give both, or neither",
  });
}

/** Detects what lies at a path: a folder is a layout, JSON a plan, all else an archive. */
async function detectKind(path: string): Promise<"oci-dir" | "nix" | "docker-archive"> {
  if ((await stat(path)).isDirectory()) {
    await stat(join(path, "oci-layout")).catch((cause) => {
      throw new NixociError("UNSUPPORTED", `it is a folder, but no OCI layout`, { cause });
    });
    return "oci-dir";
  }
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString("latin1", 0, bytesRead).trimStart().startsWith("{")
      ? "nix"
      : "docker-archive";
  } finally {
    await file.close();
  }
}
