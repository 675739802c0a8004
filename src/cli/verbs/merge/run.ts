/** The work of `nixoci merge`. */
import { openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { isPipePlace, parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { ownResources } from "../../../base/dispose.ts";
import { NixociError } from "../../../base/errors.ts";
import { type MergeMember, mergeSources } from "../../../copy/merge.ts";
import { formatFamiliarName } from "../../../image/reference.ts";
import type { Source } from "../../../image/source.ts";
import { deliver } from "../../delivery/mod.ts";
import type { Io } from "../../kit/io.ts";
import type { MergeFlags } from "./flags.ts";

/** Copies the images of all sources to the destination. @throws NixociError as copying does. */
export async function mergeImages(
  sources: readonly string[],
  destination: string,
  { all = false, ...flags }: MergeFlags,
  io: Io,
): Promise<void> {
  const places = sources.map((text) => parsePlace(text, { lasting: true }));
  if (places.filter(isPipePlace).length > 1) {
    throw new NixociError("USAGE", "standard input can be one of the sources only", {
      hint: "give the others as files",
    });
  }
  const open = (options: TransportOptions) => openMerged(places, options);
  const asked = { ...flags, all: true, "dest-tag": undefined };
  await deliver(open, destination, asked, io, { steps: [], picks: !all });
}

function openMerged(
  places: readonly PlaceReference[],
  options: TransportOptions,
): Promise<Source> {
  return ownResources(async (hold) => {
    const members: MergeMember[] = [];
    for (const place of places) {
      const source = hold(await openSource(place, options));
      members.push({ source, name: nameOf(place), text: place.text });
    }
    return mergeSources(members, options.onNotice);
  });
}

/** Returns the name of the image that a place names; what lists its images says their names itself. */
function nameOf({ image, location }: PlaceReference): string | undefined {
  if (image === undefined) return /^[^:@]*:([^@].*)$/.exec(location)?.[1];
  const { digest: _digest, ...named } = image;
  return image.digest !== undefined && image.tag === undefined
    ? undefined
    : formatFamiliarName({ ...named, tag: image.tag ?? "latest" });
}
