/** The recipe of a layer before a script runs on it, and afterwards. */
import type { LayerRecipe, MadeEntry } from "../../recipe/mod.ts";
import { type LayerScript, SOURCE_DATE_EPOCH } from "./script.ts";

/** The owner of files of which nothing else says one. */
type DefaultOwner = Pick<LayerRecipe, "uid" | "gid" | "uname" | "gname">;

/**
 * Returns the recipe of what a script finds, in the form of dockerTools' scripts: GNU tar's. Where it
 * runs as root from the start, files are root's whatever the SPEC says.
 */
export function beginRecipe(recipe: LayerRecipe, { field }: LayerScript): LayerRecipe {
  const { uid: _uid, gid: _gid, uname: _uname, gname: _gname, ...rest } = recipe;
  const owner = field === "runAsRoot" ? {} : ownerOf(recipe);
  return { ...rest, packer: "gnu-tar", mtime: SOURCE_DATE_EPOCH, ...owner };
}

/** Returns the recipe of what a script has left. */
export function finishRecipe(
  { style, packer, mtime, ...recipe }: LayerRecipe,
  made: readonly MadeEntry[],
  { ownsFiles }: LayerScript,
): LayerRecipe {
  const whole = { style, ...(packer && { packer }), ...(mtime !== undefined && { mtime }) };
  if (ownsFiles) return { ...whole, paths: [], made };
  const owner = ownerOf(recipe);
  return { ...whole, paths: [], made: made.map((one) => omitOwner(one, owner)), ...owner };
}

function ownerOf({ uid, gid, uname, gname }: DefaultOwner): DefaultOwner {
  return {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(uname !== undefined && { uname }),
    ...(gname !== undefined && { gname }),
  };
}

/** Omits the owner of a file that the script has made as root, or that has the SPEC's owner already. */
function omitOwner(made: MadeEntry, { uid: user = 0, gid: group = 0 }: DefaultOwner): MadeEntry {
  if (made.type === "hardlink") return made;
  const { uid = 0, gid = 0, ...rest } = made;
  const isDefault = uid === 0 && gid === 0 || uid === user && gid === group;
  return isDefault ? rest : made;
}
