/** The work of `nixoci delete`. */
import { openSink, openSource } from "../../../../transports/mod.ts";
import { filePathOf, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { useResources } from "../../../base/dispose.ts";
import { isDigest } from "../../../bytes/digest.ts";
import type { Descriptor } from "../../../image/descriptor.ts";
import type { CanRemove, Sink } from "../../../image/sink.ts";
import type { Source } from "../../../image/source.ts";
import type { Io } from "../../kit/io.ts";
import { askWhether } from "../../kit/prompt.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { parseWritablePlace } from "../../reference/writable-place.ts";

/** The flags. */
export interface DeleteFlags {
  readonly "with-tags"?: boolean;
  readonly yes?: boolean;
  readonly "dry-run"?: boolean;
}

/** An image with the names that have gone, or would go. */
export interface DeletedImage {
  readonly descriptor: Descriptor;
  /** The names that have gone. */
  readonly names: readonly string[];
  /** The manifest has gone, and not only a name of it. */
  readonly manifest: boolean;
}

/** Takes a name away, or an image. */
export async function removeImage(
  text: string,
  flags: DeleteFlags,
  io: Io,
): Promise<DeletedImage> {
  const place = parseWritablePlace(text, "delete");
  const name = nameIn(place);
  return await useResources(async (hold) => {
    const options = readSideOptions(io.access, io);
    const source = hold(await openSource(place, options));
    const sink = toRemover(hold(await openSink(place, options)), text);
    const descriptor = await describeImage(source);
    const isImage = isDigest(name);
    const names = isImage ? await listNames(sink, descriptor, flags) : [name];
    const deleted = { descriptor, names, manifest: isImage };
    if (flags["dry-run"]) return deleted;
    if (!flags.yes) await askWhether(questionOf(text, deleted), "--yes", io.signal);
    if (isImage) await sink.removeManifest(descriptor.digest);
    else await sink.removeName(name);
    return deleted;
  });
}

/** Returns the tag or digest that the place ends with: nothing is implied here. */
function nameIn(place: PlaceReference): string {
  const { image, location, scheme, text } = place;
  const name = image === undefined
    ? location.slice(filePathOf(place).length + 1)
    : image.digest ?? image.tag;
  if (name) return name;
  throw new NixociError("USAGE", `${text} names all of its images, not one`, {
    hint: `write ${scheme}:…:TAG, or @DIGEST for the image itself`,
  });
}

function toRemover(sink: Sink, text: string): CanRemove {
  const { removeName, removeManifest, listHolders } = sink;
  if (removeName && removeManifest && listHolders) {
    return { removeName, removeManifest, listHolders };
  }
  throw new NixociError("USAGE", `nothing can be deleted from ${text}`);
}

async function describeImage(source: Source): Promise<Descriptor> {
  const found = await source.headManifest?.() ?? (await source.resolve()).manifest.descriptor;
  const { mediaType, digest, size } = found;
  return { mediaType, digest, size };
}

/** Lists the names that would go with a manifest. @throws NixociError `REFUSED` for what needs it. */
async function listNames(
  sink: CanRemove,
  { digest }: Descriptor,
  flags: DeleteFlags,
): Promise<string[]> {
  const holders = await sink.listHolders(digest);
  const inside = holders.filter(({ isInside }) => isInside).map(({ name }) => name);
  const names = holders.filter(({ isInside }) => !isInside).map(({ name }) => name);
  if (inside.length > 0) {
    throw new NixociError("REFUSED", `${digest} is part of what ${formatNames(inside)} names`, {
      hint: "delete that first, or take it out with nixoci index remove",
    });
  }
  if (names.length === 0 || flags["with-tags"]) return names;
  throw new NixociError("REFUSED", `${digest} is what ${formatNames(names)} names`, {
    hint: "give --with-tags to delete both, or delete a tag alone",
  });
}

const MOST_SAID = 10;

function formatNames(names: readonly string[]): string {
  const more = names.length - MOST_SAID;
  return names.slice(0, MOST_SAID).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function questionOf(text: string, { descriptor, names, manifest }: DeletedImage): string {
  if (!manifest) return `Delete the name ${names[0]} of ${descriptor.digest}?`;
  const also = names.length === 0 ? "" : ` with ${formatNames(names)}`;
  return `Delete ${text}${also}?`;
}
