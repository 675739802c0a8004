/**
 * The command of an image: a bare name is looked up in the image's files, since at run time it is
 * looked up in `PATH` alone, and images of store paths have none.
 */
import { NixociError } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import { readRunConfig } from "../image/config/run-config.ts";
import type { PlanConfig, PlanLayer } from "../plan/mod.ts";
import { quoteName } from "../tar/name.ts";
import type { CommandField, ImageDraft, LayerDraft } from "./draft.ts";
import type { SpecPaths } from "./paths.ts";
import { hasFolder, hasProgram, listSearched, programFoldersOf, USUAL_PATH } from "./programs.ts";

/** The surroundings of a command. */
export interface CommandContext {
  /** Tells whether there are layers below the image's own. */
  readonly hasBase: boolean;
  readonly paths: SpecPaths;
  /** Makes an error of a name that is nowhere among the image's programs; a notice by default. */
  readonly strict?: boolean | undefined;
  readonly onNotice?: OnNotice | undefined;
}

/**
 * Returns the image's config with its command whole: a bare name that the `PATH` of the image does
 * not lead to becomes the path of that program in what the image is made of: first the paths that
 * are named, then the root. What a base may have stays as it is.
 * @param layers the image's own, once all are known.
 * @throws NixociError `USAGE` for a command without any files, and for a name that is nowhere.
 */
export async function resolveCommand(
  image: ImageDraft,
  layers: readonly (LayerDraft | PlanLayer)[],
  { hasBase, paths, strict, onNotice }: CommandContext,
): Promise<PlanConfig> {
  const { config, command: field } = image;
  const run = readRunConfig(config.config ?? {});
  const [word, ...rest] = field === undefined ? [] : run[field] ?? [];
  if (word === undefined || config.os === "windows") return config;
  const complain = (error: NixociError): PlanConfig => {
    onNotice?.({ code: "COMMAND", message: `${error.message}; ${error.hint}` });
    return config;
  };
  if (word === "") {
    if (strict) throw wordlessError(field!);
    return complain(wordlessError(field!));
  }
  if (layers.length === 0 && !hasBase && image.includeStorePaths) throw emptyError(word, field!);
  if (word.includes("/")) return config;
  const searched = await listSearched(image, layers, hasBase, paths);
  const path = run.Env?.findLast((one) => one.startsWith("PATH="));
  // The IDs of images that nix2container makes as well, and engines can run, stay the same.
  const search = path?.slice("PATH=".length).split(":") ??
    (image.style === "nix2container" ? USUAL_PATH : []);
  const isIn = (folder: string) => hasProgram(`${folder}/${word}`, searched, paths);
  if (search.some(isIn)) return config;
  const folders = programFoldersOf(searched);
  const found = folders.find(isIn);
  if (found !== undefined) {
    return { ...config, config: { ...config.config, [field!]: [`${found}/${word}`, ...rest] } };
  }
  if (searched.hasOthers) return config;
  const missing = missingError(word, field!, [...new Set([...search, ...folders])]);
  if (strict && folders.some((folder) => hasFolder(folder, searched, paths))) throw missing;
  return complain(missing);
}

function wordlessError(field: CommandField): NixociError {
  return new NixociError(
    "USAGE",
    `config.${field}: its first word is empty, which names no program`,
    {
      hint: "begin with the program, or leave all words out",
    },
  );
}

function emptyError(word: string, field: CommandField): NixociError {
  const message = `config.${field}: ${quoteName(word)} cannot run: the image has no files`;
  return new NixociError("USAGE", message, {
    hint: "give it some: --path, --contents, --copy-to-root, --layer or --from",
  });
}

function missingError(word: string, field: CommandField, folders: readonly string[]): NixociError {
  const many = folders.length > MOST_SHOWN;
  const shown = many ? [...folders.slice(0, MOST_SHOWN), "others"] : folders;
  const message = `config.${field}: the image has no program ${quoteName(word)}: ` +
    (shown.length === 0 ? "there is no folder to search" : `it is not in ${shown.join(", ")}`);
  return new NixociError("USAGE", message, {
    hint: "write its whole path in the image, or name the store path that has it in bin",
  });
}

const MOST_SHOWN = 8;
