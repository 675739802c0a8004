/** The programs that scripts are run by: bash, and what they call. */
import { lstatSync } from "node:fs";
import { NixociError } from "../../base/errors.ts";
import type { StoreContents } from "../customise/customisation.ts";
import type { SpecPaths } from "../paths.ts";
import type { LayerScript, ScriptSettings } from "./script.ts";

/** The shells that may run a script, the best one first, and the folders of programs. */
export interface ScriptTools {
  /** Paths inside; a bare name is one that may be in the image. */
  readonly shells: readonly string[];
  readonly path: readonly string[];
}

/** Programs that tell coreutils, or busybox, from other packages. */
const COREUTILS = "mkdir";

/** The folders of programs of an image; dockerTools has the first one alone. */
const IMAGE_FOLDERS = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin"];

/**
 * Finds the programs for a script: those of the SPEC's `tools`, then a shell and coreutils among the
 * image's own store paths; and what the image has, where the script sees it as its root.
 * @throws NixociError `USAGE` where there is no shell, and for tools that are not in the store.
 */
export async function findTools(
  script: LayerScript,
  { tools }: Pick<ScriptSettings, "tools">,
  { closure }: Pick<StoreContents, "closure">,
  paths: SpecPaths,
): Promise<ScriptTools> {
  const located = await Promise.all(tools.map(async (tool) => {
    const { path, at } = await paths.locate(tool);
    if (paths.storePathOf(path) !== undefined && isThere(path, paths)) return path;
    throw new NixociError("USAGE", `${at}: ${path} is not a store path that is there`, {
      hint: "name store paths, such as those of bash and coreutils",
    });
  }));
  const own = closure.map(({ path }) => path);
  const find = (program: string): string | undefined =>
    [...located, ...own].find((path) => isThere(`${path}/bin/${program}`, paths));
  const shells = listShells(script, find);
  if (shells.length === 0) throw createNoShellError(script);
  const withShell = shells.flatMap((shell) => /^(.+)\/[^/]+$/.exec(shell)?.[1] ?? []);
  const withCoreutils = find(COREUTILS);
  const folders = [
    ...located.map((path) => `${path}/bin`),
    ...withShell,
    ...(withCoreutils === undefined ? [] : [`${withCoreutils}/bin`]),
    ...(script.isRoot ? IMAGE_FOLDERS : []),
  ];
  return { shells, path: [...new Set(folders)] };
}

/** Lists shells that may be there: bash, or else what is called sh. */
function listShells(
  { isRoot }: LayerScript,
  find: (program: string) => string | undefined,
): string[] {
  const [bash, sh] = ["bash", "sh"].map((name) => {
    const path = find(name);
    return path === undefined ? undefined : `${path}/bin/${name}`;
  });
  if (bash !== undefined) return [bash];
  if (!isRoot) return sh === undefined ? [] : [sh];
  return ["bash", sh ?? "sh"];
}

/** Returns the error for a script that nothing can run. */
export function createNoShellError({ field, isRoot }: LayerScript): NixociError {
  const where = isRoot ? "the image" : "its store paths";
  return new NixociError("USAGE", `${field}: there is no bash to run it in ${where}`, {
    hint: 'give tools: ["/nix/store/…-bash-…", "/nix/store/…-coreutils-…"]' +
      (isRoot ? "" : ", or use runAsRoot, which has what the base has"),
  });
}

/** Tells whether something lies at a place of the store. */
function isThere(path: string, { root }: SpecPaths): boolean {
  return lstatSync(root.replace(/\/+$/, "") + path, { throwIfNoEntry: false }) !== undefined;
}
