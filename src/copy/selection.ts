/** Selects the images that a copy is about, and the names that they get. */
import { NixociError, runAtSide } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { parseReference } from "../image/reference.ts";
import { isDigestTag } from "../image/referrers.ts";
import type { Sink, SinkNaming } from "../image/sink.ts";
import type { ListedImage, Source } from "../image/source.ts";
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
  { reference, references = [], all = false }: CopyChoice,
): Promise<SelectedImage[]> {
  const { open = false, keepsOwn = false } = to.naming ?? {};
  const keepNames = open && references.length === 0;
  const asked = reference === undefined && (all || keepNames && keepsOwn);
  const listed = asked ? await runAtSide("source", () => from.list?.()) ?? [] : [];
  if (all && listed.length > 1 && !keepNames) {
    throw new NixociError("USAGE", `Cannot give ${listed.length} images one name`, {
      hint: "name no image at the destination, so that each keeps its name, or copy one by one",
    });
  }
  if (keepNames && all && listed.length > 0) {
    refuseClashes(listed, (name) => renameFor(name, to.naming)[0]);
    return listed.map(({ select, name }) => ({
      reference: select,
      namesOf: (manifest) => renameFor(name, to.naming, manifest),
    }));
  }
  // Where signatures are wanted, such a name alone needs none: another name would make it an image.
  const [attached] = listed.filter(({ select }) => all && isDigestTag(select));
  if (attached !== undefined) {
    throw new NixociError("USAGE", `Cannot give ${attached.select} another name`, {
      hint:
        "it is attached to an image; name no image at the destination, so that it keeps its own",
    });
  }
  const own = all ? [] : ownNamesOf(listed, to.naming);
  return [{
    reference: reference ?? (all ? listed[0]?.select : undefined),
    namesOf: () => keepNames ? own : references,
  }];
}

/** Returns what an image of that name, or without one, is called at the destination. */
function renameFor(
  name: string | undefined,
  { nameFor }: SinkNaming = { own: [], open: true },
  manifest?: Descriptor,
): readonly string[] {
  const given = nameFor ? nameFor(name, manifest) : name;
  return given === undefined ? [] : [given];
}

/**
 * Returns the names that the only image of a place has there, as they are at the destination. Only
 * names of a repository and a tag count, as `docker save` writes them: a layout's own may be any word.
 */
function ownNamesOf(
  listed: readonly ListedImage[],
  naming: SinkNaming | undefined,
): readonly string[] {
  if (new Set(listed.map(idOf)).size !== 1) return [];
  const names = listed.flatMap(({ name = "" }) => isTagged(name) ? renameFor(name, naming) : []);
  return [...new Set(names)];
}

function isTagged(name: string): boolean {
  try {
    return parseReference(name).tag !== undefined;
  } catch {
    return false;
  }
}

/** The way out that is always open where images would get one name. */
export const ONE_BY_ONE = "copy them one by one, with a name for each at the destination";

/**
 * Proves that no two images get one name at a destination: the later would take it from the other.
 * @throws NixociError `USAGE`, naming both.
 * @param hint says what to do.
 */
export function refuseClashes(
  listed: readonly ListedImage[],
  nameFor: (name: string) => string | undefined,
  hint = `${ONE_BY_ONE}, or keep their repositories apart in a registry with --scoped`,
): void {
  const takers = new Map<string, ListedImage>();
  for (const image of listed) {
    const name = image.name === undefined ? undefined : nameFor(image.name);
    if (name === undefined) continue;
    const other = takers.get(name);
    if (other && idOf(other) !== idOf(image)) throw clashError(other, image, name, hint);
    takers.set(name, image);
  }
}

function idOf({ id, select }: ListedImage): string {
  return id ?? select;
}

function clashError(
  one: ListedImage,
  other: ListedImage,
  name: string,
  hint: string,
): NixociError {
  const isSame = one.name === other.name;
  const [first, second] = [one, other].map((image) =>
    isSame ? `${image.name} (${idOf(image)})` : image.name
  );
  const message = `Cannot copy ${first} and ${second}: both would be called ${name} there`;
  return new NixociError("USAGE", message, { hint });
}
