/** Which images a copy is about, and the names that they get. */
import { NixociError } from "../base/errors.ts";
import type { Root, Sink, Source } from "../image/root.ts";

export interface Choice {
  /** What to resolve in the source; by default what its location names. */
  readonly reference?: string;
  /** Names at the destination; by default the one in its location. */
  readonly references?: readonly string[];
  /** Copy every image that the source lists, under the names that it has there. */
  readonly all?: boolean;
}

/** An image of the source, to be resolved. */
export interface Chosen {
  readonly reference: string | undefined;
  /** The names that it gets once it is known what it is. */
  namesOf(root: Root): readonly string[];
}

/**
 * One image, or with `all` every one that the source's location leaves open.
 * @throws NixociError `USAGE` when several images would get one name.
 */
export async function chosen(
  from: Source,
  to: Sink,
  { reference, references = [], all }: Choice,
): Promise<Chosen[]> {
  const listed = all && reference === undefined ? await from.list?.() ?? [] : [];
  if (listed.length > 1 && (!to.open || references.length > 0)) {
    throw new NixociError("USAGE", `Cannot give ${listed.length} images one name`, {
      hint: "name no image at the destination, so that each keeps its name, or copy one by one",
    });
  }
  const keepNames = to.open && references.length === 0;
  if (listed.length === 0 || !keepNames) {
    return [{ reference: reference ?? listed[0]?.select, namesOf: () => references }];
  }
  return listed.map(({ select, name }) => ({
    reference: select,
    namesOf(root) {
      if (to.nameFor) return [to.nameFor(name, root)];
      return name === undefined ? [] : [name];
    },
  }));
}
