/** Rewrites and perms, compiled: they say where a path's files go, and whose they are there. */
import { NixociError, wrapError } from "../base/errors.ts";
import { compileGoRegExp, type GoRegExp } from "../go/regexp/regexp.ts";
import { replaceGoMatches } from "../go/regexp/replace.ts";
import type { MemberOwner } from "./header/member.ts";
import type { Perm, Rewrite } from "./recipe.ts";

/** Gives a file's place in the layer; an empty one leaves it out. */
export type PathMover = (source: string) => string;

/**
 * Returns what a rewrite does. @throws NixociError `MALFORMED` as `compileGoRegExp` does.
 */
export function moverOf(rewrite: Rewrite | undefined): PathMover {
  if (rewrite === undefined || rewrite.regex === "") return (source) => source;
  const regex = compileRegExp(rewrite.regex, "rewrite");
  return (source) => replaceGoMatches(source, regex, rewrite.repl);
}

/** The owner of a file, and its mode. */
export interface Rights {
  readonly mode: number;
  readonly owner: MemberOwner;
}

/** Gives a file's rights, from those that it has without rules. */
export type Permitter = (source: string, rights: Rights) => Rights;

/**
 * Returns what rules do, one after the other. A rule without a mode or names keeps those before it; an
 * owner it always sets, as nix2container does.
 * @throws NixociError `MALFORMED` as `compileGoRegExp` does, and for a mode that is none.
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
