/** One source of several, as dockerTools' mergeImages makes one archive of several. */
import { runAtSide } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import { disposeAll } from "../base/dispose.ts";
import { formatReference, parseReference } from "../image/reference.ts";
import type { Root } from "../image/root.ts";
import type { ListedImage, Source, SourceTraits } from "../image/source.ts";

/** A source to be merged with others. */
export interface MergeMember {
  readonly source: Source;
  /** The name of its image, where its location names one; listed images have their own. */
  readonly name?: string | undefined;
  /** The word for it in messages. */
  readonly text?: string | undefined;
}

/** An image of a member. */
interface MergedImage extends ListedImage {
  readonly member: MergeMember;
  resolve(): Promise<Root>;
}

/**
 * Merges sources into one, which lists the images of all of them under their names, in this order;
 * copied with `all`, it makes one archive. Of two images with one name the later has it, as when both
 * are loaded, and the other stays without it; one that is there twice is listed once. Disposing of it
 * disposes of them.
 * @throws from its methods, NixociError as those of the sources do.
 * @example
 * ```ts
 * import { copy, mergeSources, openSink, openSource, platform } from "nixoci";
 *
 * const [one, other] = [await openSource("oci-dir:in"), await openSource("oci-dir:in")];
 * await using from = mergeSources([{ source: one }, { source: other }]);
 * await using to = await openSink("docker-archive:merged.tar");
 * const { images } = await copy(from, to, { all: true, steps: [platform()] });
 * // Both have the same image.
 * console.log(images.length); // 1
 * ```
 */
export function mergeSources(members: readonly MergeMember[], onNotice?: OnNotice): Source {
  let images: Promise<MergedImage[]> | undefined;
  const list = () => images ??= listMembers(members).then((all) => resolveNames(all, onNotice));
  return {
    traits: joinTraits(members.map(({ source }) => source.traits ?? {})),
    list,
    async resolve(reference) {
      const all = await list();
      const found = reference === undefined ? all[0] : all.find((one) => one.select === reference);
      if (found === undefined) throw new RangeError(`no image ${reference}`);
      return await found.resolve();
    },
    [Symbol.asyncDispose]: () => disposeAll(members.map(({ source }) => source)),
  };
}

async function listMembers(members: readonly MergeMember[]): Promise<MergedImage[]> {
  const lists = members.map(async (member, i): Promise<MergedImage[]> => {
    const { source, name } = member;
    const listed = await runAtSide("source", () => source.list?.()) ?? [];
    const all: readonly (Omit<ListedImage, "select"> & { readonly select?: string })[] =
      listed.length > 0 ? listed : [{ ...name !== undefined && { name } }];
    return all.map(({ select, ...one }) => {
      let root: Promise<Root> | undefined;
      return {
        ...one,
        select: `${i}:${select ?? ""}`,
        id: `${i}:${one.id ?? select ?? ""}`,
        member,
        resolve: () => root ??= source.resolve(select),
      };
    });
  });
  return (await Promise.all(lists)).flat();
}

/** Leaves each name to the last image that has it. */
async function resolveNames(
  all: readonly MergedImage[],
  onNotice: OnNotice | undefined,
): Promise<MergedImage[]> {
  const holders = new Map<string, MergedImage>();
  for (const image of all) if (image.name !== undefined) holders.set(fullNameOf(image.name), image);
  const holderOf = ({ name }: MergedImage) => name && holders.get(fullNameOf(name));
  const isHolder = (image: MergedImage) => (holderOf(image) ?? image) === image;
  const there = new Set(all.filter(isHolder).map(({ id }) => id));
  const resolved: MergedImage[] = [];
  for (const image of all) {
    const holder = holderOf(image);
    if (!holder || holder === image) resolved.push(image);
    else if (!await isSameImage(image, holder)) {
      onNotice?.({ code: "NAMED", message: describeLoss(image, holder) });
      const { name: _name, ...unnamed } = image;
      // It may be there by another name, or without one already.
      if (!there.has(image.id)) resolved.push(unnamed);
      there.add(image.id);
    }
  }
  return resolved;
}

function describeLoss({ name, member }: MergedImage, holder: MergedImage): string {
  const of = (text: string | undefined) => text === undefined ? "" : ` of ${text}`;
  return `${name} is the image${of(holder.member.text)}: the one${
    of(member.text)
  } has lost that name`;
}

/** Tells whether two are one image: by its config, for archives have no manifests of their own. */
async function isSameImage(one: MergedImage, other: MergedImage): Promise<boolean> {
  const [a, b] = await Promise.all([one.resolve(), other.resolve()]);
  const digestOf = (root: Root) =>
    (root.kind === "image" ? root.config : root.manifest).descriptor.digest;
  return digestOf(a) === digestOf(b);
}

/** Returns a name in full; texts that are not names mean themselves. */
function fullNameOf(name: string): string {
  try {
    const { tag = "latest", ...rest } = parseReference(name);
    return formatReference({ ...rest, tag });
  } catch {
    return name;
  }
}

/** Returns what all of them have in common. */
function joinTraits(all: readonly SourceTraits[]): SourceTraits {
  const [first = {}, ...others] = all;
  const same = <Key extends keyof SourceTraits>(key: Key): Pick<SourceTraits, Key> | object =>
    others.every((one) => one[key] === first[key]) && first[key] !== undefined
      ? { [key]: first[key] }
      : {};
  return {
    ...same("repository"),
    ...same("synthetic"),
    ...same("namesAsGiven"),
    ...same("packing"),
  };
}
