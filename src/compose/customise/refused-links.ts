/** Links in `/etc` that engines of today refuse to follow, so that containers do not start. */
import type { Notice } from "../../base/notices.ts";
import { readLink } from "../../recipe/files.ts";
import type { LayerRecipe } from "../../recipe/mod.ts";
import { diskRootOf, type StoreRoot } from "../../recipe/store-root.ts";

/** The files that engines look users and groups up in; the last one is for glibc. */
const READ_BY_ENGINES = ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"];

/**
 * Finds out whether engines refuse the files of a customisation layer that users are looked up in:
 * absolute links seem to leave the image, whatever they lead to.
 * @returns what to tell the user; nothing where all is well.
 * @see https://github.com/containerd/containerd/issues/12683
 */
export function findRefusedLinks(recipe: LayerRecipe, store: StoreRoot): Notice | undefined {
  const links = READ_BY_ENGINES.filter((place) =>
    foldersOf(recipe).concat(place)
      .some((one) => readTargetIn(one, recipe, store)?.startsWith("/"))
  );
  if (links.length === 0) return undefined;
  const what = links.length === 1 ? "is an absolute link" : "are absolute links";
  const message = `${links.join(", ")} ${what}, which containerd 2.2 and Docker 29 refuse ` +
    'to follow: put real files there, such as those of helpers: {"fakeNss": true}';
  return { code: "ABSOLUTE_LINK", message };
}

/** Returns the folder that may be a link itself: where links are followed it is none. */
function foldersOf({ folderLinks }: LayerRecipe): string[] {
  return folderLinks === "follow" ? [] : ["/etc"];
}

/** Returns the text of a link that the layer has at a place. */
function readTargetIn(place: string, { made = [], paths }: LayerRecipe, store: StoreRoot) {
  const entry = made.findLast(({ path }) => path === place);
  if (entry !== undefined) return entry.type === "symlink" ? entry.target : undefined;
  for (const { path, rewrite } of paths.toReversed()) {
    if (rewrite?.repl !== "") continue;
    const target = readTargetAt(diskRootOf(path, store) + path + place);
    if (target !== undefined) return target;
  }
  return undefined;
}

function readTargetAt(path: string): string | undefined {
  try {
    return readLink(path);
  } catch {
    return undefined; // no link is there; what cannot be read is for who packs it
  }
}
