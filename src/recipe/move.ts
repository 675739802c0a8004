/** Where a path's files go, and whose they are there: rewrites and perms, compiled. */
import { during, NixociError } from "../base/errors.ts";
import { type GoRegExp, goRegExp } from "../go/regexp/regexp.ts";
import { goReplaceAll } from "../go/regexp/replace.ts";
import type { Owner } from "./header/member.ts";
import type { Perm, Rewrite } from "./recipe.ts";

/** Gives a file's place in the layer; an empty one leaves it out. */
export type Mover = (source: string) => string;

/**
 * What a rewrite does. @throws NixociError `MALFORMED` as `goRegExp` does.
 */
export function moverOf(rewrite: Rewrite | undefined): Mover {
  if (rewrite === undefined || rewrite.regex === "") return (source) => source;
  const regex = compiled(rewrite.regex, "rewrite");
  return (source) => goReplaceAll(source, regex, rewrite.repl);
}

/** Who owns a file, and what may be done with it. */
export interface Rights {
  readonly mode: number;
  readonly owner: Owner;
}

/** Gives a file's rights, from those that it has without rules. */
export type Permitter = (source: string, rights: Rights) => Rights;

/**
 * What rules do, one after the other. A rule without a mode or names keeps those before it; an
 * owner it always sets, as nix2container does.
 * @throws NixociError `MALFORMED` as `goRegExp` does, and for a mode that is none.
 */
export function permitterOf(perms: readonly Perm[]): Permitter {
  const rules = perms.map((perm) => ({
    perm,
    regex: compiled(perm.regex, "perms"),
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

function compiled(regex: string, where: string): GoRegExp {
  try {
    return goRegExp(regex);
  } catch (error) {
    throw during(error, where);
  }
}
