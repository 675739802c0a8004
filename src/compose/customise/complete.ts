/** Completes the customisation layer: files that follow from the image's store paths, then scripts. */
import type { MadeEntry } from "../../recipe/mod.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { NamedPath } from "../parts.ts";
import type { CustomiseContext, StoreContents } from "./customisation.ts";

/** A customisation layer, and the store paths of the image that it brings about. */
export interface Customised {
  readonly layer: LayerDraft;
  readonly mentioned: readonly NamedPath[];
}

/**
 * Completes a layer: additions first, for scripts change their owners and modes, then scripts in
 * their order. Where these mention further store paths, additions are made again, and what a script
 * has changed of them stays.
 * @param storedWith returns the image's store paths, once these are in it, too.
 * @throws whatever additions and scripts throw.
 */
export async function completeCustomisation(
  drafted: LayerDraft,
  { additions, scripts }: Pick<ImageDraft, "additions" | "scripts">,
  storedWith: (mentioned: readonly NamedPath[]) => Promise<StoreContents>,
  context: CustomiseContext,
): Promise<Customised> {
  if (additions.length + scripts.length === 0) return { layer: drafted, mentioned: [] };
  let stored = await storedWith([]);
  const add = async () =>
    (await Promise.all(additions.map((addition) => addition(stored, context, drafted)))).flat();
  const added = await add();
  let layer = putEntries(drafted, added);
  const mentioned: NamedPath[] = [];
  for (const script of scripts) {
    const result = await script(layer, stored, context);
    layer = result.layer;
    if (result.mentioned.length === 0) continue;
    mentioned.push(...result.mentioned);
    stored = await storedWith(mentioned);
  }
  if (mentioned.length === 0 || additions.length === 0) return { layer, mentioned };
  return { layer: updateAdded(layer, added, await add()), mentioned };
}

/** Lays entries over those of a layer. */
function putEntries(layer: LayerDraft, added: readonly MadeEntry[]): LayerDraft {
  if (added.length === 0) return layer;
  const places = new Set(added.map(({ path }) => path));
  const made = (layer.recipe.made ?? []).filter(({ path }) => !places.has(path));
  return { ...layer, recipe: { ...layer.recipe, made: [...made, ...added] } };
}

/**
 * Puts the new content of added files in the place of the old one, with the owner and mode that a
 * script may have given them; what a script has removed or written itself stays so.
 */
function updateAdded(
  layer: LayerDraft,
  before: readonly MadeEntry[],
  after: readonly MadeEntry[],
): LayerDraft {
  const old = new Map(before.map((one) => [one.path, one]));
  const now = new Map(after.map((one) => [one.path, one]));
  const made = (layer.recipe.made ?? []).map((one): MadeEntry => {
    const [was, is] = [old.get(one.path), now.get(one.path)];
    if (one.type !== "file" || was?.type !== "file" || is?.type !== "file") return one;
    return isSameContent(one.content, was.content) ? { ...one, content: is.content } : one;
  });
  const news = after.filter(({ path }) => !old.has(path));
  return putEntries({ ...layer, recipe: { ...layer.recipe, made } }, news);
}

function isSameContent(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return Buffer.compare(one, other) === 0;
  }
  return one === other;
}
