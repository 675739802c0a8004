/** Links to folders that they lie in themselves, which nothing can copy as folders. */
import { existsSync } from "node:fs";
import { posix } from "node:path";
import type { Notice } from "../../base/notices.ts";
import { readLink } from "../../recipe/files.ts";
import type { LayerRecipe } from "../../recipe/mod.ts";
import { diskRootOf, type StoreRoot } from "../../recipe/store-root.ts";
import { listFolder } from "../farm/folder.ts";

/**
 * Finds links such as `posix -> .` in what is copied to the root, where links to folders are to be
 * folders: those stay links. (rsync makes forty folders of each, and fails.)
 * @returns what to tell the user; nothing where there are none.
 */
export function findCircles(
  { paths, folderLinks }: LayerRecipe,
  store: StoreRoot,
): Notice | undefined {
  if (folderLinks !== "follow") return undefined;
  const { storeDir = "" } = store;
  const circles = paths.map(({ path }) => path).filter((path) => path.startsWith(`${storeDir}/`))
    .flatMap((path) => {
      const root = diskRootOf(path, store) + path;
      // What is not there is for others to find.
      return existsSync(root) ? [...listCircles(root, "")].map((at) => path + at) : [];
    });
  if (circles.length === 0) return undefined;
  const message =
    `copyToRoot: ${circles.join(", ")} ${circles.length === 1 ? "leads" : "lead"} to a ` +
    "folder around itself, and stays a link";
  return { code: "FOLLOWED", message };
}

function* listCircles(root: string, below: string): Generator<string> {
  for (const [name, type] of listFolder(root + below)) {
    const place = `${below}/${name}`;
    if (type === "directory") yield* listCircles(root, place);
    if (type !== "symlink") continue;
    const target = readLink(root + place);
    const isAround = !target.startsWith("/") &&
      `${place}/`.startsWith(`${posix.join(below || "/", target)}/`.replace("//", "/"));
    if (isAround) yield place;
  }
}
