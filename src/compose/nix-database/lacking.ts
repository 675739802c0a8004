/** The surroundings that Nix needs in a container, beside its database. */
import { lstatSync, readFileSync } from "node:fs";
import { isSystemError } from "../../base/errors.ts";
import { readRunConfig } from "../../image/config/run-config.ts";
import type { CompleteDraft } from "../customise/customisation.ts";
import { diskPathOf } from "../../recipe/files.ts";
import { type MadeEntry, toBytes } from "../../recipe/made/made.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import type { SpecPaths } from "../paths.ts";
import type { BaseState } from "./base-state.ts";
import { SETTING, SETTINGS_FILE, USERS_FILE } from "./places.ts";

/** An image, as far as Nix in its containers is concerned. */
export interface NixSurroundings extends CompleteDraft {
  readonly base: BaseState;
  readonly paths: SpecPaths;
}

/**
 * Finds what Nix would miss in a container of the image: who runs it, where that one's files are, and
 * settings without which it looks for a group of builders and for a sandbox.
 * @returns a message that names it; `undefined` where nothing is missing.
 */
export function findLacking(image: NixSurroundings): string | undefined {
  const { Env = [], User = "" } = readRunConfig(image.config.config ?? {});
  const valueOf = (name: string) =>
    Env.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const hasUsers = findFile(USERS_FILE, image) !== undefined;
  const variables = ["USER", "HOME"].filter((name) => !hasUsers && !valueOf(name));
  const file = findFile(SETTINGS_FILE, image);
  const isUnread = file?.text === undefined && file !== undefined || valueOf("NIX_CONF_DIR");
  const settings = [valueOf("NIX_CONFIG") ?? "", file?.text ?? ""].join("\n");
  const isRoot = ["", "0", "root"].includes(User.split(":")[0]!);
  const wanted = [...isRoot ? ["build-users-group ="] : [], "sandbox = false"];
  const lines = isUnread ? [] : wanted.filter((line) => !hasSetting(line, settings));
  const parts = [
    ...variables.length > 0 ? [`${variables.join(" and ")} in Env, or ${USERS_FILE}`] : [],
    ...lines.length > 0 ? [`"${lines.join('" and "')}" in ${SETTINGS_FILE} or NIX_CONFIG`] : [],
  ];
  return parts.length === 0 ? undefined : `Nix in a container lacks ${parts.join("; ")}`;
}

function hasSetting(line: string, settings: string): boolean {
  return settings.split("\n").some((one) => line.startsWith(`${SETTING.exec(one)?.[1]} `));
}

/** Finds a file of the image, the topmost; without a text where that is not at hand. */
function findFile(place: string, image: NixSurroundings): { text?: string } | undefined {
  for (const { recipe } of image.layers.toReversed()) {
    const made = recipe?.made?.find(({ path }) => path === place);
    if (made !== undefined) return readMade(made);
    for (const { path, rewrite } of recipe?.paths ?? []) {
      if (!rewrite?.regex || rewrite.repl !== "") continue;
      const found = readCopied(diskRootOf(path, image.paths) + path + place);
      if (found !== undefined) return found;
    }
  }
  const { settings } = image.base;
  if (image.base.find(place) === undefined) return undefined;
  return place === SETTINGS_FILE && settings !== undefined ? { text: settings } : {};
}

function readMade(made: MadeEntry): { text?: string } {
  if (made.type !== "file") return {};
  const { content } = made;
  const isHere = typeof content === "string" || content instanceof Uint8Array;
  return isHere ? { text: Buffer.from(toBytes(content)).toString() } : {};
}

/** Reads a file on disk; of a link, only that it is there. */
function readCopied(file: string): { text?: string } | undefined {
  try {
    const path = diskPathOf(file);
    return lstatSync(path).isFile() ? { text: readFileSync(path, "utf8") } : {};
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
