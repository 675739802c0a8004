/** The derivation that the words of a command mean: a file of it, or an expression that Nix evaluates. */
import { existsSync, statSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { useResources } from "../../../base/dispose.ts";
import { NixociError, wrapError } from "../../../base/errors.ts";
import { readDerivation } from "../../../nix/derivation/read.ts";
import { openStore } from "../../../nix/store/store.ts";
import {
  FLAKE_FILE,
  FLAKE_FLAGS,
  formatFlakePlace,
  isFlake,
  isPartMissing,
  listFlakeParts,
} from "./flake.ts";
import { runProgram } from "./program.ts";

/** The words that say which derivation is meant, and where. */
export interface DerivationWords {
  /** The first word; none for what is in this folder, as nix-shell has it. */
  readonly drv: string | undefined;
  readonly attr: string | undefined;
  /** The root of the store, where it is not the machine's. */
  readonly store: string | undefined;
  /** The folder of links for Nix's garbage collector, if there are to be any. */
  readonly gcRoots: string | undefined;
  /** Store paths that are needed besides. */
  readonly packages: readonly string[];
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Files that are meant when none is named, or a folder is. */
const DEFAULT_FILES = ["shell.nix", "default.nix"];

/**
 * Returns the word that says which derivation is meant: of a folder, which is this one where there
 * is no word, its expression or its flake.
 * @throws NixociError `USAGE`.
 */
export function chooseWord(drv: string | undefined): string {
  const folder = drv ?? ".";
  if (!isFolder(folder)) return folder;
  const file = DEFAULT_FILES.find((name) => existsSync(join(folder, name)));
  if (file !== undefined) return join(folder, file);
  if (existsSync(join(folder, FLAKE_FILE))) return `${formatFlakePlace(folder)}#`;
  const where = drv === undefined ? "here" : `in ${drv}`;
  const files = [...DEFAULT_FILES, FLAKE_FILE];
  throw new NixociError("USAGE", `There is none of ${files.join(", ")} ${where}`, {
    hint: "name a derivation, or a file of Nix expressions",
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
}

/** Tells whether Nix has to be asked: a file of expressions, or a part of a flake. */
export function isExpression(word: string): boolean {
  return word.endsWith(".nix") || isFlake(word);
}

/** Writes the word as it is to be read in another folder. */
export function formatWordIn(word: string, folder: string): string {
  if (word.startsWith("/nix/store/")) return word;
  if (!isFlake(word)) return relative(folder, resolve(word));
  const at = word.indexOf("#");
  // Others are names of flakes, or places on the network.
  if (!/^\.{1,2}(\/|$)/.test(word.slice(0, at))) return word;
  return formatFlakePlace(relative(folder, resolve(word.slice(0, at)))) + word.slice(at);
}

/**
 * Resolves the words to a `.drv` file, or to another file that has a derivation.
 * @throws NixociError `USAGE`, `REFUSED` with Nix's words, `NOT_FOUND` where there is no Nix.
 */
export async function resolveDerivation(words: DerivationWords): Promise<string> {
  const { attr, gcRoots } = words;
  const word = chooseWord(words.drv);
  checkFlags(words, word);
  if (!isExpression(word)) return word;
  const root = gcRoots === undefined ? undefined : resolve(gcRoots, "derivation");
  const printed = isFlake(word) ? await findFlakePart(words, word) : await runNix(words, [
    ...["nix-instantiate", word, ...attr === undefined ? [] : ["--attr", attr]],
    ...root === undefined ? [] : ["--add-root", root, "--indirect"],
  ]);
  const paths = printed.trim().split("\n");
  if (paths.length !== 1 || !paths[0]) {
    throw new NixociError("USAGE", `${word} has ${paths.length} derivations`, {
      hint: "name one of its attributes with --attr",
    });
  }
  return root === undefined || isFlake(word) ? paths[0] : await readlink(root);
}

/** Refuses flags that would say nothing. */
function checkFlags({ attr, gcRoots }: DerivationWords, word: string): void {
  if (attr !== undefined && (!isExpression(word) || isFlake(word))) {
    throw new NixociError("USAGE", `--attr is for files of expressions, and ${word} is none`);
  }
  if (gcRoots !== undefined && !isExpression(word)) {
    throw new NixociError("USAGE", `--gc-roots is for expressions, and ${word} is none`, {
      hint: "name shell.nix, or have Nix make the roots: nix-store --add-root",
    });
  }
}

async function findFlakePart(words: DerivationWords, word: string): Promise<string> {
  const [first = word, ...others] = listFlakeParts(word);
  const find = (part: string) =>
    runNix(words, ["nix", ...FLAKE_FLAGS, "path-info", "--derivation", part]);
  return await find(first).catch(async (error) => {
    if (others[0] === undefined || !isPartMissing(error)) throw error;
    return await find(others[0]);
  });
}

/**
 * Has Nix build or fetch what the derivation of an expression needs, and nothing of itself. What
 * other derivations need has to be there.
 * @param file the `.drv` file.
 * @throws NixociError as {@link resolveDerivation} does.
 */
export async function buildInputs(file: string, words: DerivationWords): Promise<void> {
  const { store: root = "/", gcRoots, packages } = words;
  if (!isExpression(chooseWord(words.drv))) return;
  const named = await useResources(async (hold) => {
    const store = hold(await openStore({ root }));
    const { derivation } = await readDerivation(file, store);
    return [...derivation.inputDrvs].map(([path, outputs]) => `${path}!${outputs.join(",")}`);
  });
  const inputs = [...named, ...packages];
  if (inputs.length === 0) return;
  const roots = gcRoots === undefined
    ? ["--no-gc-warning"]
    : ["--add-root", resolve(gcRoots, "input"), "--indirect"];
  await runNix(words, ["nix-store", "--realise", ...inputs, ...roots]);
}

async function runNix(
  { store, quiet, signal }: DerivationWords,
  [program = "", ...args]: readonly string[],
): Promise<string> {
  const place = store === undefined ? [] : ["--store", resolve(store)];
  return await runProgram(program, [...args, ...place], {
    showsErrors: !quiet && program === "nix-store",
    // As nix-shell: some expressions look at it.
    env: { ...process.env, IN_NIX_SHELL: "impure" },
    hint: "install Nix, or name a .drv file",
    signal,
  });
}
