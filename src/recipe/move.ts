/** Rewrites and perms, compiled: they say where a path's files go, and whose they are there. */
import { NixociError, wrapError } from "../base/errors.ts";
import { compileGoRegExp, type GoRegExp, loadGoRegExps } from "../go/regexp/regexp.ts";
import { replaceGoMatches } from "../go/regexp/replace.ts";
import type { MemberOwner } from "./header/member.ts";
import type { LayerRecipe, Perm, RecipePath, Rewrite } from "./recipe.ts";

/** Gives a file's place in the layer; an empty one leaves it out. */
export type PathMover = (source: string) => string;

/**
 * Loads what the rules of recipes need. Most have none but those that move whole paths, which need
 * no regular expressions.
 */
export async function loadRules(recipes: readonly Pick<LayerRecipe, "paths">[]): Promise<void> {
  const needs = ({ path, rewrite, perms = [] }: RecipePath): boolean =>
    perms.length > 0 || !!rewrite?.regex && prefixOf(rewrite, path) === undefined;
  if (recipes.some(({ paths }) => paths.some(needs))) await loadGoRegExps();
}

/**
 * Returns what a rewrite does to the files of a path, once {@link loadRules} is done.
 * @throws NixociError `MALFORMED` as `compileGoRegExp` does.
 */
export function moverOf({ path, rewrite }: RecipePath): PathMover {
  if (rewrite === undefined || rewrite.regex === "") return (source) => source;
  const prefix = prefixOf(rewrite, path);
  if (prefix !== undefined) return (source) => rewrite.repl + source.slice(prefix);
  const regex = compileRegExp(rewrite.regex, "rewrite");
  return (source) => replaceGoMatches(source, regex, rewrite.repl);
}

const PREFIX = /^\^((?:[^\\^$*+?()[\]{}|]|\\[\\^$*+?()[\]{}|.])*)$/u;

/**
 * Returns the length of what a rewrite replaces, where it is the beginning of the path whatever the
 * file: `^/nix/store/…-hello-2.12`.
 */
function prefixOf({ regex, repl }: Rewrite, path: string): number | undefined {
  if (repl.includes("$")) return undefined;
  const text = PREFIX.exec(regex)?.[1]?.replace(/\\(.)/gu, "$1");
  return text !== undefined && path.startsWith(text) ? text.length : undefined;
}

/** The owner of a file, and its mode. */
export interface Rights {
  readonly mode: number;
  readonly owner: MemberOwner;
}

/** Gives a file's rights, from those that it has without rules. */
export type Permitter = (source: string, rights: Rights) => Rights;

/**
 * Returns what rules do, one after the other, once {@link loadRules} is done. A rule without a mode or names keeps those before it; an
 * owner it always sets, as nix2container does.
 * @throws NixociError `MALFORMED` as `compileGoRegExp` does, and for a mode that is not one.
 */
export function permitterOf(perms: readonly Perm[]): Permitter {
  const rules = perms.map((perm) => ({
    perm,
    regex: compileRegExp(perm.regex, "perms"),
    mode: modeOf(perm),
  }));
  return (source, rights) => {
    let { mode, owner } = rights;
    for (const { perm, regex, mode: ruled } of rules) {
      if (!regex.test(source)) continue;
      mode = ruled ?? mode;
      owner = {
        uid: perm.uid ?? 0,
        gid: perm.gid ?? 0,
        uname: perm.uname || owner.uname,
        gname: perm.gname || owner.gname,
      };
    }
    return { mode, owner };
  };
}

function modeOf({ mode }: Perm): number | undefined {
  if (mode === undefined || mode === "") return undefined;
  if (/^0*[0-7]{1,4}$/.test(mode)) return Number.parseInt(mode, 8);
  throw new NixociError("MALFORMED", `perms: ${JSON.stringify(mode)} is not a mode`, {
    hint: 'write octal digits, such as "0755" or "4755"',
  });
}

function compileRegExp(regex: string, where: string): GoRegExp {
  try {
    return compileGoRegExp(regex);
  } catch (error) {
    throw wrapError(error, where);
  }
}
