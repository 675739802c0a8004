/** Selects the images that a copy is about, and the names that they get. */
import { atSide, NixociError } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import type { CopyChoice } from "./options.ts";

/** An image of the source, to be resolved. */
export interface SelectedImage {
  readonly reference: string | undefined;
  /** Returns the names that it gets, once it is known what it is. */
  namesOf(manifest: Descriptor): readonly string[];
}

/**
 * Selects one image, or with `all` every one that the source's location leaves open.
 * @throws NixociError `USAGE` when several images would get one name.
 */
export async function selectImages(
  from: Source,
  to: Sink,
  { reference, references = [], all }: CopyChoice,
): Promise<SelectedImage[]> {
  const { open = false, nameFor } = to.naming ?? {};
  const listed = all && reference === undefined
    ? await atSide("source", () => from.list?.()) ?? []
    : [];
  const keepNames = open && references.length === 0;
  if (listed.length > 1 && !keepNames) {
    throw new NixociError("USAGE", `Cannot give ${listed.length} images one name`, {
      hint: "name no image at the destination, so that each keeps its name, or copy one by one",
    });
  }
  if (listed.length === 0 || !keepNames) {
    return [{ reference: reference ?? listed[0]?.select, namesOf: () => references }];
  }
  return listed.map(({ select, name }) => ({
    reference: select,
    namesOf(manifest) {
      if (nameFor) return [nameFor(name, manifest)];
      return name === undefined ? [] : [name];
    },
  }));
}
