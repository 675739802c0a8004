/** Shells: those of the image that users get, and proof that those which are asked for are there. */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { CustomiseContext, StoreContents } from "../customise/customisation.ts";
import type { LayerDraft } from "../layers/layer-draft.ts";
import type { SpecPaths } from "../paths.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import { hasProgram, rootFilesOf, type SearchedFiles } from "../programs.ts";
import type { AccountsDraft } from "./draft.ts";
import { type BaseAccounts, hasBaseProgram } from "./read-base.ts";

/** The folders of shells, and the shells that people like to have, the best first. */
export const SHELL_FOLDERS = ["/bin", "/usr/bin", "/sbin", "/usr/sbin"];
const LOGIN = ["bash", "sh"];
const NONE = ["nologin", "false"];

/** Tells whether the image has a program at a place. */
export type HasProgram = (place: string) => boolean;

/** Returns what an image has at its root, but for what its base has. */
export function findRootFiles(drafted: LayerDraft, { copied }: StoreContents, paths: SpecPaths) {
  const all = copied.map((path) => diskRootOf(path, paths) + path);
  return rootFilesOf([drafted.recipe], paths, all);
}

/** Returns what looks programs up, in what is made for the root, copied there, stored and below. */
export function createProgramLookup(
  base: BaseAccounts,
  drafted: LayerDraft,
  stored: StoreContents,
  { paths }: Pick<CustomiseContext, "paths">,
): HasProgram {
  const searched: SearchedFiles = {
    ...findRootFiles(drafted, stored, paths),
    named: [],
    hasOthers: false,
  };
  const inStore = new Set([...stored.closure.map(({ path }) => path), ...stored.recorded]);
  return (place) => {
    const storePath = paths.storePathOf(place);
    if (storePath !== undefined && !inStore.has(storePath)) return hasBaseProgram(base, place);
    return hasProgram(place, searched, paths) || hasBaseProgram(base, place);
  };
}

/** Chooses the shells of those who ask for none. */
export function chooseShells({ defaultUserShell }: AccountsDraft, has: HasProgram) {
  const find = (names: readonly string[]) =>
    names.flatMap((name) => SHELL_FOLDERS.map((folder) => posix.join(folder, name))).find(has);
  return { login: defaultUserShell ?? find(LOGIN), none: find(NONE) ?? "/sbin/nologin" };
}

/**
 * Proves that the shells which are asked for are programs of the image.
 * @throws NixociError `USAGE`, with the field.
 */
export function checkShells({ users, defaultUserShell }: AccountsDraft, has: HasProgram): void {
  const all = users.filter(({ options }) => options.enable ?? true)
    .map(({ at, options }) => ({ at: `${at}.shell`, shell: options.shell }));
  for (const { at, shell } of [{ at: "users.defaultUserShell", shell: defaultUserShell }, ...all]) {
    if (!shell || NONE.includes(posix.basename(shell)) || has(shell)) continue;
    throw new NixociError("USAGE", `${at}: the image has no program ${shell}`, {
      hint:
        "name one that systemPackages, copyToRoot or the base bring, or a program in a store path",
    });
  }
}
